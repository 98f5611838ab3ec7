//! Schemes that cost a guess enough.

use super::Kind::{Argon2, Bare, Digest as D, Firebase, Over, Own, Pbkdf2, Scrypt};
use super::{Scheme, Unmarked as B, schemes};
use crate::password::primitives::Digest;
use crate::password::recipe::SaltText::Utf8;

schemes! {
    // Told by the hash itself.
    slow "bcrypt" | "bcrypt_2a bcrypt_2b bcrypt_2y bcrypt_2x ldap_bcrypt" => Own, "`$2a$`, `$2b$`, `$2y$`, `$2x$` (with the sign extension of its time)";
    slow "argon2" | "argon2i argon2d argon2id" => Argon2, "`$argon2id$`, `$argon2i$`, `$argon2d$`; versions 16 and 19, parameters in any order; or key and `argon2id(m=…, t=…, p=…)`";
    slow "argon2_secret" | "argon2_keyed argon2id_secret" => Bare(B::Argon2Secret), "`$argon2id$…`, named so: `passwords.pepper` is the application's secret inside it";
    slow "scrypt" | "scrypt_raw" => Scrypt, "`$scrypt$ln=…,r=…,p=…$` (`n=` too); or digest and `scrypt(N=…, r=…, p=…)`";
    slow "pbkdf2_sha1" | "pbkdf2_hmac_sha1 pbkdf2" => Pbkdf2(Digest::Sha1), "`$pbkdf2$…`; `$pbkdf2-sha1$i=…`; or digest and `pbkdf2_sha1(iterations=…)`";
    slow "pbkdf2_sha224" | "pbkdf2_hmac_sha224" => Pbkdf2(Digest::Sha224), "digest and `pbkdf2_sha224(iterations=…)`";
    slow "pbkdf2_sha256" | "pbkdf2_hmac_sha256" => Pbkdf2(Digest::Sha256), "`$pbkdf2-sha256$…`, `i=…` too; or digest and `pbkdf2_sha256(iterations=…)`";
    slow "pbkdf2_sha384" | "pbkdf2_hmac_sha384" => Pbkdf2(Digest::Sha384), "digest and `pbkdf2_sha384(iterations=…)`";
    slow "pbkdf2_sha512" | "pbkdf2_hmac_sha512" => Pbkdf2(Digest::Sha512), "`$pbkdf2-sha512$…`, `i=…` too; or digest and `pbkdf2_sha512(iterations=…)`";
    slow "pbkdf2_md5" | "pbkdf2_hmac_md5" => Pbkdf2(Digest::Md5), "digest and `pbkdf2_md5(iterations=…)`";
    slow "bcrypt_sha256" => Own, "`$bcrypt-sha256$v=2,t=2b,r=…$`, version 1 too (passlib)";
    slow "django_pbkdf2_sha256" | "pbkdf2_sha256" => Own, "`pbkdf2_sha256$ITERATIONS$SALT$…`";
    slow "django_pbkdf2_sha1" | "pbkdf2_sha1" => Own, "`pbkdf2_sha1$ITERATIONS$SALT$…`";
    slow "django_argon2" | "argon2" => Own, "`argon2$argon2id$…`";
    slow "django_bcrypt" | "bcrypt" => Own, "`bcrypt$$2b$…`";
    slow "django_bcrypt_sha256" | "bcrypt_sha256" => Own, "`bcrypt_sha256$$2b$…`";
    slow "django_scrypt" | "scrypt" => Own, "`scrypt$N$SALT$R$P$…`";
    slow "werkzeug_scrypt" | "flask_scrypt scrypt" => Own, "`scrypt:N:R:P$SALT$…`";
    slow "werkzeug_pbkdf2" | "werkzeug_pbkdf2_sha1 werkzeug_pbkdf2_sha256 werkzeug_pbkdf2_sha512 flask_pbkdf2" => Own, "`pbkdf2:sha256:ITERATIONS$SALT$…`";
    slow "phpass" | "phpbb3" => Own, "`$P$…`, `$H$…`";
    slow "wordpress_bcrypt" | "wordpress wp_bcrypt wordpress68" => Own, "`$wp$2y$…`; the password is trimmed";
    slow "wordpress_phpass" | "wordpress wp_phpass" => Over { base: "phpass", password: "trim($pass)" }, "`$P$…`, named so; the password is trimmed";
    slow "phpbb_bcrypt" | "phpbb" => Own, "`$H\\2y$…`: bcrypt over phpass, as phpBB renews old hashes by itself";
    slow "drupal7" | "phpass_sha512" => Own, "`$S$…`; `U$S$…` and `U$P$…` over MD5";
    slow "md5_crypt" | "ldap_md5_crypt" => Own, "`$1$…`";
    slow "apr_md5_crypt" => Own, "`$apr1$…`";
    slow "sha256_crypt" | "ldap_sha256_crypt" => Own, "`$5$…`";
    slow "sha512_crypt" | "ldap_sha512_crypt" => Own, "`$6$…`";
    slow "sha1_crypt" | "ldap_sha1_crypt" => Own, "`$sha1$…` (NetBSD)";
    slow "sun_md5_crypt" => Own, "`$md5$…`, `$md5,rounds=…$…`";
    slow "bsdi_crypt" | "ldap_bsdi_crypt" => Own, "`_` and 19 letters";
    slow "yescrypt" => Own, "`$y$…`";
    slow "gost_yescrypt" => Own, "`$gy$…`";
    slow "scrypt_crypt" => Own, "`$7$…`";
    slow "aspnet_identity_v2" | "aspnet_identity2 aspnet_mvc aspnet_crypto" => Own, "base64 of 49 bytes, the first 0";
    slow "aspnet_identity_v3" | "aspnet_identity aspnet_identity3 aspnet_core_identity" => Own, "base64, the first byte 1 (`AQAAAA…`)";
    slow "atlassian_pbkdf2_sha1" => Own, "`{PKCS5S2}…`";
    slow "ldap_pbkdf2_sha1" => Own, "`{PBKDF2}ITERATIONS$SALT$…` of 20 bytes (OpenLDAP), `{PBKDF2}$1$SALT$ITERATIONS$…` (Dovecot)";
    slow "elasticsearch_pbkdf2" | "elasticsearch" => Own, "`{PBKDF2}ITERATIONS$SALT$…` of 32 bytes, named so";
    slow "ldap_pbkdf2_sha256" => Own, "`{PBKDF2-SHA256}ITERATIONS$SALT$…`";
    slow "ldap_pbkdf2_sha512" => Own, "`{PBKDF2-SHA512}ITERATIONS$SALT$…`, `{PBKDF2S5}…` (Roundup)";
    slow "ds389_pbkdf2_sha256" | "ds389_pbkdf2_sha256_legacy" => Own, "`{PBKDF2_SHA256}…`";
    slow "spring_pbkdf2" => Bare(B::SpringPbkdf2), "`{pbkdf2}HEX`, `{pbkdf2@SpringSecurity_v5_8}HEX`, also without the braces";
    slow "spring_scrypt" => Own, "`{scrypt}$E0801$SALT$…`, also without `{scrypt}`";
    slow "spring_standard" | "spring_sha256" => Bare(B::SpringStandard), "`{sha256}` and 80 hexadecimal digits, also without the braces";
    slow "mediawiki_pbkdf2" => Own, "`:pbkdf2:sha512:ITERATIONS:64:SALT:…`, `:pbkdf2-sha256:…`";
    slow "keycloak" | "keycloak_pbkdf2 keycloak_pbkdf2_sha1 keycloak_pbkdf2_sha256 keycloak_pbkdf2_sha512 keycloak_argon2" => Own, "`secret_data` (JSON) as the hash and `credential_data` (JSON) as the salt; or one JSON object of both";
    slow "shiro1" | "shiro shiro1_sha256 shiro1_sha512" => Own, "`$shiro1$SHA-256$ITERATIONS$SALT$…`";
    slow "shiro2" => Own, "`$shiro2$argon2id$…`, `$shiro2$2y$…`";
    slow "jasypt" | "jasypt_basic jasypt_strong" => Bare(B::Jasypt), "base64 of 24 or 48 bytes";
    slow "adonis_bcrypt" => Own, "`$bcrypt$v=98$r=…$SALT$…`";
    slow "better_auth" | "better_auth_scrypt lucia oslo_scrypt lucia_scrypt" => Own, "`HEXSALT:HEXKEY` of 32 and 128 digits, named so, or behind `s2:`; the password in NFKC";
    slow "magento2_argon2id13" | "magento2 magento2_argon2" => Own, "`HEX:SALT:2`, `HEX:SALT:3_32_2_67108864`, and upgraded `HEX:SALT:1:2`";
    slow "grub_pbkdf2_sha512" => Own, "`grub.pbkdf2.sha512.ITERATIONS.SALT.…`";
    slow "cta_pbkdf2_sha1" => Own, "`$p5k2$…` with padded URL-safe base64";
    slow "dlitz_pbkdf2_sha1" => Own, "`$p5k2$…` without padding";
    slow "web2py_pbkdf2" => Own, "`pbkdf2(1000,20,sha512)$SALT$HEX`";
    slow "scram" => Own, "`$scram$ITERATIONS$SALT$sha-1=…,sha-256=…` (passlib)";
    slow "postgres_scram_sha256" | "scram_sha_256" => Own, "`SCRAM-SHA-256$ITERATIONS:SALT$…:…`";
    slow "dovecot_scram" => Own, "`{SCRAM-SHA-1}ITERATIONS,SALT,…,…`, `{SCRAM-SHA-256}…`";
    slow "mysql_caching_sha2" | "caching_sha2_password" => Own, "`$A$005$`, 20 characters and 43 letters; `$mysql$A$005*HEX*HEX`";
    slow "oracle12" => Own, "`T:` and 160 hexadecimal digits";
    slow "hashcat_pbkdf2" => Own, "`sha256:ITERATIONS:SALT:…` in base64, named so";
    slow "crackstation_pbkdf2" => Own, "the same, named so: the salt's text is the salt (PHP)";
    slow "defuse_pbkdf2" => Own, "`sha1:ITERATIONS:18:SALT:…` in base64";
    slow "hashcat_scrypt" => Own, "`SCRYPT:N:R:P:SALT:…` in base64";
    slow "mattermost_pbkdf2" | "mattermost" => Own, "`$pbkdf2$f=SHA256,w=ITERATIONS,l=32$SALT$…`";
    slow "jakarta_pbkdf2" | "soteria" => Own, "`PBKDF2WithHmacSHA256:ITERATIONS:SALT:…` in base64";
    slow "seafile_pbkdf2" | "seafile" => Own, "`PBKDF2SHA256$ITERATIONS$HEXSALT$HEX`";
    slow "jellyfin_pbkdf2" | "jellyfin" => Own, "`$PBKDF2-SHA512$iterations=…$HEXSALT$HEX`";
    slow "jenkins_pbkdf2" => Own, "`$PBKDF2$HMACSHA512:ITERATIONS:HEXSALT$HEX`";
    slow "crypt_pbkdf2" => Own, "`{X-PBKDF2}HMACSHA1:ITERATIONS:SALT:…`, `$PBKDF2$HMACSHA1:ITERATIONS:SALT$…` (Crypt::PBKDF2)";
    slow "oak" | "jackrabbit_oak" => Own, "`{SHA-256}HEXSALT-ITERATIONS-HEX`, `{PBKDF2WithHmacSHA256}…`";
    slow "scrypt_s0" | "scryptutil" => Own, "`$s0$E0801$SALT$…` (SCryptUtil)";
    slow "scrypt_s1" | "libscrypt" => Own, "`$s1$0E0801$SALT$…` (libscrypt)";
    slow "scrypt_net" | "scrypt_s2" => Own, "`$s2$N$R$P$SALT$…` (Scrypt.NET)";
    slow "authlogic_scrypt" | "ruby_scrypt" => Own, "`400$8$1b$HEXSALT$HEX`";
    slow "gotrue_firebase_scrypt" | "fbscrypt" => Own, "`$fbscrypt$v=1,n=…,r=…,p=1,ss=…,sk=…$SALT$…`";
    slow "request_tracker" => Own, "`!bcrypt!COST!…`: bcrypt over SHA-512";
    slow "otrs_bcrypt" | "otrs znuny" => Own, "`BCRYPT:COST:SALT:…`, the salt as text";
    slow "liferay_pbkdf2" => Own, "`{PBKDF2WithHmacSHA1/160/128000}…`";

    // bcrypt and others over a prepared password.
    slow "devise" | "devise_bcrypt devise_pepper bcrypt_pepper bcrypt_peppered" => Over { base: "bcrypt", password: "$pass.$pepper" }, "`$2a$…` over password and `passwords.pepper`";
    slow "meteor" | "meteor_bcrypt bcrypt_of_sha256" => Over { base: "bcrypt", password: "sha256($pass)" }, "`$2b$…` over the SHA-256 in hexadecimal";
    slow "bcrypt_of_md5" => Over { base: "bcrypt", password: "md5($pass)" }, "`$2a$…` over the MD5 in hexadecimal";
    slow "bcrypt_of_sha1" => Over { base: "bcrypt", password: "sha1($pass)" }, "`$2a$…` over the SHA-1 in hexadecimal";
    slow "bcrypt_of_sha512" => Over { base: "bcrypt", password: "sha512($pass)" }, "`$2a$…` over the SHA-512 in hexadecimal";
    slow "flask_security" | "flask_security_bcrypt" => Over { base: "bcrypt", password: "base64(hmac_sha512(key=$pepper, $pass))" }, "`$2b$…` over base64 of HMAC-SHA512 with `passwords.pepper` as the key";
    slow "symfony_bcrypt_long" | "symfony_native_long" => Over { base: "bcrypt", password: "base64(sha512_bin($pass))" }, "`$2y$…` over base64 of the SHA-512 (Symfony, passwords over 72 bytes)";
    slow "wbb4" | "woltlab4 wcf1 woltlab_bcrypt" => Bare(B::WoltLab), "`$2a$…`, bcrypt of bcrypt with one salt";
    slow "firebase_scrypt" | "firebase" => Firebase, "base64 and salt column; `firebase_scrypt(signer_key=…, salt_separator=…, rounds=8, mem_cost=14)`";

    // Digests with parameters outside that cost enough.
    slow "symfony_sha512" | "symfony_message_digest fosuserbundle fos_user symfony_sha512_5000 symfony_pbkdf2_like" => D("iterate(sha512_bin($pass.braced($salt)), sha512_bin($digest.$pass.braced($salt)), 4999)", Utf8), "base64 of SHA-512 × 5000 over `PASSWORD{SALT}`, over `PASSWORD` without a salt";
}
