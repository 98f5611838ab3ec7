"""Flask-Security's own tables (`fsqla_v3`) and users, by its datastore. Called by `fill`."""

import datetime
import sys
from importlib.metadata import version

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore, hash_password
from flask_security.models import fsqla_v3
from flask_sqlalchemy import SQLAlchemy

PASSWORD = "correct horse battery staple"

app = Flask(__name__)
app.config["SECRET_KEY"] = "not-a-secret-of-anybody"
# The key of the HMAC that Flask-Security lays around every password before it hashes it.
app.config["SECURITY_PASSWORD_SALT"] = "146585145368132386173505678016728509634"
app.config["SECURITY_USERNAME_ENABLE"] = True
app.config["SECURITY_PASSWORD_SCHEMES"] = ["argon2", "bcrypt", "pbkdf2_sha512"]
app.config["SQLALCHEMY_DATABASE_URI"] = (
    sys.argv[1]
    .replace("postgres://", "postgresql+psycopg://")
    .replace("mysql://", "mysql+pymysql://")
    .replace("sqlite://", "sqlite:///")
)

database = SQLAlchemy(app)
fsqla_v3.FsModels.set_db_info(database)


class Role(database.Model, fsqla_v3.FsRoleMixin):
    pass


class User(database.Model, fsqla_v3.FsUserMixin):
    pass


store = SQLAlchemyUserDatastore(database, User, Role)
security = Security(app, store)

with app.app_context():
    database.create_all()
    confirmed = datetime.datetime(2024, 5, 1, 12, 0, 0)

    def user(name, password=PASSWORD, **columns):
        store.create_user(
            email=f"{name}@example.com", username=name, password=password and hash_password(password), **columns
        )

    user("ada", confirmed_at=confirmed)
    user("grace")
    user("mallory", active=False, confirmed_at=confirmed)
    user("margaret", password=None)
    store.create_user(email="alan@example.com", password=hash_password(PASSWORD), confirmed_at=confirmed)
    for scheme in ("bcrypt", "pbkdf2_sha512"):
        security.pwd_context.update(default=scheme)
        user(scheme.replace("_", "-"))
    # Typed in one form of Unicode; Flask-Security hashes another, by its forms.
    composed = "Schlüssel im Körbchen"
    store.create_user(email="karin@example.com", password=hash_password(security._password_util.normalize(composed)))
    database.session.commit()

print("Flask-Security-Too", version("flask-security-too"))
print("user")
