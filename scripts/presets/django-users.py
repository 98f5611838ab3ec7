"""Django's own tables and users: `migrate`, `createsuperuser` and the user manager. Called by `fill`."""

import os
import sys
from urllib.parse import urlsplit

import django
import pymysql
from django.conf import settings
from django.core.management import call_command

# Django knows the C driver's name only.
pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()

url = urlsplit(sys.argv[1])
engine = {"postgres": "postgresql", "mysql": "mysql", "sqlite": "sqlite3"}[url.scheme]
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": f"django.db.backends.{engine}",
            "NAME": url.path if engine == "sqlite3" else url.path.lstrip("/"),
            "USER": url.username,
            "PASSWORD": url.password,
            "HOST": url.hostname,
            "PORT": url.port,
        }
    },
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)

from django.contrib.auth.hashers import PBKDF2PasswordHasher, PBKDF2SHA1PasswordHasher, make_password  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402

PASSWORD = "correct horse battery staple"
ROUNDS = PBKDF2PasswordHasher.iterations
# Of Django's own million rounds one user is enough to wait for: the last.
PBKDF2PasswordHasher.iterations = PBKDF2SHA1PasswordHasher.iterations = 20_000
# The manager writes the domain in lower case and leaves the rest as typed.
User.objects.create_user("ada", "Ada@Example.COM", PASSWORD, first_name="Ada", last_name="Lovelace")
os.environ["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
call_command("createsuperuser", interactive=False, username="grace", email="grace@example.com", verbosity=0)
User.objects.create_user("mallory", "mallory@example.com", PASSWORD, is_active=False)
User.objects.create_user("margaret", "margaret@example.com")  # an unusable password
User.objects.create_user("alan", "", PASSWORD)  # no address
# Nothing in Django keeps two users from having one address.
User.objects.create_user("twin", "twins@example.com", PASSWORD)
User.objects.create_user("other", "twins@example.com", PASSWORD)
for hasher in ("argon2", "bcrypt_sha256", "scrypt", "pbkdf2_sha1"):
    User.objects.create(username=hasher, email=f"{hasher}@example.com", password=make_password(PASSWORD, hasher=hasher))
PBKDF2PasswordHasher.iterations = ROUNDS
User.objects.create_user("Katherine@Work.example", "katherine@example.com", PASSWORD)

print("Django", django.get_version())
print("auth_user")
