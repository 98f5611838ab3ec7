<?php
// WordPress's own installation and users, by wp_install() and wp_insert_user(). Called by `fill`.
const PASSWORD = 'correct horse battery staple';
$url = parse_url($argv[1]);
define('ABSPATH', '/usr/share/wordpress/');
define('WP_CONTENT_DIR', '/var/lib/wordpress/wp-content');
define('DB_NAME', ltrim($url['path'], '/'));
define('DB_USER', $url['user']);
define('DB_PASSWORD', $url['pass']);
define('DB_HOST', $url['host'] . ':' . $url['port']);
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_INSTALLING', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
$table_prefix = 'wp_';
$_SERVER += ['HTTP_HOST' => 'localhost', 'SERVER_NAME' => 'localhost', 'REQUEST_URI' => '/'];
require ABSPATH . 'wp-settings.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

// No letters to anybody.
add_filter('pre_wp_mail', '__return_true');
wp_install('Legacy', 'grace', 'grace@example.com', true, '', wp_slash(PASSWORD));

// A form hands everything over with slashes, and wp_insert_user() takes them away again, but for the password.
$user = fn (string $name, string $email, string $password, array $more = []) => wp_insert_user(wp_slash(
    ['user_login' => $name, 'user_email' => $email] + $more) + ['user_pass' => $password]);
$user('ada', 'Ada@Example.com', PASSWORD,
    ['first_name' => 'Ada', 'last_name' => 'Lovelace', 'display_name' => 'Ada Lovelace', 'nickname' => 'countess']);
// As the profile page hashes it: with the slashes of the form.
$user('barbara', 'barbara@example.com', wp_slash("it's 5 o'clock"));
// Blanks at the ends are cut when the password is set, and again when it is checked.
$user('katherine', 'katherine@example.com', '  ' . PASSWORD . ' ');
$user('mallory', 'mallory@example.com', PASSWORD);
$wpdb->update($wpdb->users, ['user_status' => 1], ['user_login' => 'mallory']); // marked as spam
$user('annie', 'annie@example.com', PASSWORD);
$wpdb->update($wpdb->users, ['user_pass' => md5(PASSWORD)], ['user_login' => 'annie']); // from before 2.5, or reset by hand
add_user_meta(get_user_by('login', 'ada')->ID, 'first_name', 'Augusta'); // a second one: the first counts

echo "WordPress $wp_version\nwp_users wp_usermeta\n";
