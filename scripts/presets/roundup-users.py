"""Roundup's classic tracker and users, by its own database layer. Called by `fill`."""

import contextlib
import shutil
import sys
import tempfile
from importlib.metadata import version
from urllib.parse import urlsplit

from roundup import instance, password
from roundup.admin import AdminTool

WORDS = "correct horse battery staple"

url = urlsplit(sys.argv[1])
home = tempfile.mkdtemp()
settings = {
    "rdbms_name": url.path.strip("/"),
    "rdbms_host": url.hostname,
    "rdbms_port": url.port,
    "rdbms_user": url.username,
    "rdbms_password": url.password,
    "tracker_web": "http://localhost/",
    "mail_domain": "example.com",
    "mail_host": "localhost",
    # Few, so that tests are quick.
    "password_pbkdf2_default_rounds": 10000,
}
pairs = ",".join(f"{name}={value}" for name, value in settings.items())
sys.argv = ["roundup-admin", "-i", home, "install", "classic", "postgresql", pairs]
with contextlib.redirect_stdout(sys.stderr):
    if AdminTool().main():
        sys.exit("roundup: the tracker cannot be installed")

tracker = instance.open(home)
tracker.init(password.Password(WORDS, config=tracker.config))
db = tracker.open("admin")


def user(name, scheme="PBKDF2S5", address=None, **properties):
    secret = scheme and password.Password(WORDS, scheme=scheme, config=db.config)
    address = address or f"{name}@example.com"
    properties = {"roles": "User", **properties}
    return db.user.create(username=name, password=secret, address=address, **properties)


user("ada", address="Ada@Example.com", realname="Ada Lovelace", phone="+44 20 7946 0000",
     alternate_addresses="Countess@Example.org\nlovelace@example.net")
user("Grace", scheme="PBKDF2", timezone="1", alternate_addresses="hopper@example.org")
for scheme in ("SSHA", "SHA", "MD5", "plaintext"):
    user(scheme.lower(), scheme=scheme)
user("margaret", scheme=None)
user("Katherine@Work.example", address="katherine@example.com")
user("barbara", roles="")
retired = user("mallory", alternate_addresses="mal@example.org")
db.user.retire(retired)
db.commit()
db.close()
shutil.rmtree(home)

print("Roundup", version("roundup"))
print("_user")
