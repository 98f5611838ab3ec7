<?php
// The table of Laravel's own migration, made by its schema builder, and users by its hashers and models. Called by `fill`.
require '/usr/share/php/Illuminate/autoload.php';

use Illuminate\Database\Capsule\Manager;
use Illuminate\Database\Eloquent\Model;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Hashing\Argon2IdHasher;
use Illuminate\Hashing\ArgonHasher;
use Illuminate\Hashing\BcryptHasher;

const PASSWORD = 'correct horse battery staple';
// PHP takes no address without a host for an address.
$url = parse_url(str_replace('sqlite://', 'sqlite:', $argv[1]));
$driver = ['postgres' => 'pgsql', 'mysql' => 'mysql', 'sqlite' => 'sqlite'][$url['scheme']];
$capsule = new Manager();
$capsule->addConnection(array_filter([
    'driver' => $driver,
    'host' => $url['host'] ?? null,
    'port' => $url['port'] ?? null,
    'username' => $url['user'] ?? null,
    'password' => $url['pass'] ?? null,
    'database' => $driver === 'sqlite' ? $url['path'] : ltrim($url['path'], '/'),
    'charset' => $driver === 'pgsql' ? 'utf8' : 'utf8mb4',
    'collation' => 'utf8mb4_unicode_ci',
]));
if ($driver === 'sqlite') {
    touch($url['path']);
}
$capsule->setAsGlobal();
$capsule->bootEloquent();

Manager::schema()->create('users', function (Blueprint $table) {
    $table->id();
    $table->string('name');
    $table->string('email')->unique();
    $table->timestamp('email_verified_at')->nullable();
    $table->string('password');
    $table->rememberToken();
    $table->timestamps();
});

class User extends Model
{
    protected $guarded = [];
}

$bcrypt = new BcryptHasher();
$user = fn (string $name, string $email, string $hash, ?string $verified = null) => User::forceCreate([
    'name' => $name, 'email' => $email, 'password' => $hash, 'email_verified_at' => $verified,
]);
// Laravel keeps an address as it was typed.
$user('Ada Lovelace', 'Ada@Example.com', $bcrypt->make(PASSWORD), '2024-05-01 12:00:00');
$user('Grace Hopper', 'grace@example.com', $bcrypt->make(PASSWORD));
$user('Barbara Liskov', 'barbara@example.com', (new ArgonHasher())->make(PASSWORD));
$user('Katherine Johnson', 'katherine@example.com', (new Argon2IdHasher())->make(PASSWORD));

echo 'Laravel (Debian) ', trim(shell_exec("dpkg-query -W -f '\${Version}' php-laravel-framework")), "\nusers\n";
