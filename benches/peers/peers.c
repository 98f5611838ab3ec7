/* The C implementations that the original software used, one derivation after the other:
 *
 *   peers NAME SECONDS    prints CPU and wall milliseconds a derivation, and the digest, as JSON
 *
 * Built by benches/run.mjs against libcrypt (libxcrypt), libargon2 and libcrypto (OpenSSL) of the system. */
#define _GNU_SOURCE
#include <argon2.h>
#include <crypt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *password, *salt;
static char digest[512];

static void fail(const char *what)
{
    fprintf(stderr, "peers: %s\n", what);
    exit(2);
}

static void print_hex(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
}

static void by_crypt(const char *format)
{
    static struct crypt_data data;
    char setting[128];
    snprintf(setting, sizeof setting, format, salt);
    if (!crypt_r(password, setting, &data) || data.output[0] == '*')
        fail("crypt_r refuses the setting");
    /* bcrypt's salt and digest are not separated; 31 letters are the digest. */
    const char *last = strncmp(setting, "$2b$", 4) ? strrchr(data.output, '$') + 1 : data.output + 29;
    snprintf(digest, sizeof digest, "%s", last);
}

static void by_argon2id(uint32_t memory, uint32_t passes, uint32_t lanes)
{
    unsigned char key[32];
    if (argon2id_hash_raw(passes, memory, lanes, password, strlen(password), salt, strlen(salt), key, sizeof key))
        fail("libargon2 refuses the parameters");
    print_hex(key, sizeof key);
}

static void by_pbkdf2(const EVP_MD *hash)
{
    unsigned char key[EVP_MAX_MD_SIZE];
    int length = EVP_MD_get_size(hash);
    if (!PKCS5_PBKDF2_HMAC(password, (int)strlen(password), (const unsigned char *)salt, (int)strlen(salt), 100000, hash,
                           length, key))
        fail("libcrypto refuses the parameters");
    print_hex(key, (size_t)length);
}

static void derive(const char *name)
{
    if (!strcmp(name, "bcrypt")) by_crypt("$2b$10$......................");
    else if (!strcmp(name, "sha512_crypt")) by_crypt("$6$rounds=5000$%s");
    else if (!strcmp(name, "sha256_crypt")) by_crypt("$5$rounds=5000$%s");
    else if (!strcmp(name, "argon2id_19m_t2_p1")) by_argon2id(19456, 2, 1);
    else if (!strcmp(name, "argon2id_64m_t4_p1")) by_argon2id(65536, 4, 1);
    else if (!strcmp(name, "argon2id_64m_t3_p4")) by_argon2id(65536, 3, 4);
    else if (!strcmp(name, "pbkdf2_sha1")) by_pbkdf2(EVP_sha1());
    else if (!strcmp(name, "pbkdf2_sha256")) by_pbkdf2(EVP_sha256());
    else if (!strcmp(name, "pbkdf2_sha512")) by_pbkdf2(EVP_sha512());
    else fail("no such name");
}

static double seconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments)
{
    if (count != 3 || !(password = getenv("BENCH_PASSWORD")) || !(salt = getenv("BENCH_SALT")))
        fail("usage: BENCH_PASSWORD=... BENCH_SALT=... peers NAME SECONDS");
    const char *name = arguments[1];
    double span = atof(arguments[2]);
    derive(name);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), start = seconds(CLOCK_MONOTONIC), wall;
    long done = 0;
    do {
        derive(name);
        done++;
        wall = seconds(CLOCK_MONOTONIC) - start;
    } while (wall < span);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"cpu\":%.6f,\"wall\":%.6f,\"digest\":\"%s\"}\n", cpu * 1e3 / (double)done, wall * 1e3 / (double)done, digest);
    return 0;
}
