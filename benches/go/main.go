// The peer in Go: net/http, pgx with prepared statements, golang-jwt and x/crypto/bcrypt. It checks the signature of each
// token, keeps none, and writes no log. Built from Debian's packages, so that nothing is fetched.
package main

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log"
	"math/big"
	"net/http"
	"os"
	"strings"

	"github.com/golang-jwt/jwt"
	"github.com/jackc/pgx/v4/pgxpool"
	"golang.org/x/crypto/bcrypt"
)

type question struct {
	Identifier string `json:"identifier"`
	Password   string `json:"password"`
	UserID     string `json:"user_id"`
}

type claims struct {
	Scope string `json:"scope"`
	jwt.StandardClaims
}

var (
	pool *pgxpool.Pool
	key  *rsa.PublicKey
)

func main() {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err == nil {
		config.MaxConns = 10
		pool, err = pgxpool.ConnectConfig(context.Background(), config)
	}
	if err == nil {
		key, err = publicKey(os.Getenv("JWKS_FILE"))
	}
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/get_user", behind("read:users", getUser))
	http.HandleFunc("/login", behind("login:users", login))
	http.HandleFunc("/mark_migrated", behind("mark:users", mark))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

func publicKey(file string) (*rsa.PublicKey, error) {
	var set struct{ Keys []struct{ N, E string } }
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &set)
	}
	if err != nil {
		return nil, err
	}
	n, _ := base64.RawURLEncoding.DecodeString(set.Keys[0].N)
	e, _ := base64.RawURLEncoding.DecodeString(set.Keys[0].E)
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
}

func behind(scope string, answer func(context.Context, question) (int, []byte)) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		status, body := http.StatusBadRequest, []byte(`{"code":"invalid_request"}`)
		var asked question
		if refused := authorise(request, scope); refused != 0 {
			status, body = refused, []byte(`{"code":"invalid_token"}`)
		} else if json.NewDecoder(http.MaxBytesReader(response, request.Body, 8192)).Decode(&asked) == nil {
			status, body = answer(request.Context(), asked)
		}
		response.Header().Set("Content-Type", "application/json")
		response.WriteHeader(status)
		_, _ = response.Write(body)
	}
}

func authorise(request *http.Request, scope string) int {
	var found claims
	text := strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
	_, err := jwt.ParseWithClaims(text, &found, func(token *jwt.Token) (interface{}, error) {
		if token.Method != jwt.SigningMethodRS256 {
			return nil, errors.New("another algorithm")
		}
		return key, nil
	})
	if err != nil || !found.VerifyIssuer(os.Getenv("ISSUER"), true) || !found.VerifyAudience(os.Getenv("AUDIENCE"), true) {
		return http.StatusUnauthorized
	}
	for _, one := range strings.Fields(found.Scope) {
		if one == scope {
			return 0
		}
	}
	return http.StatusForbidden
}

func users(ctx context.Context, routine, identifier string, into interface{}) error {
	var text *string
	err := pool.QueryRow(ctx, "SELECT narrowgate."+routine+"($1)", strings.ToLower(identifier)).Scan(&text)
	if err != nil || text == nil {
		return err
	}
	return json.Unmarshal([]byte(*text), into)
}

func getUser(ctx context.Context, asked question) (int, []byte) {
	var found []json.RawMessage
	if err := users(ctx, "get_user", asked.Identifier, &found); err != nil {
		return http.StatusServiceUnavailable, []byte(`{"code":"unavailable"}`)
	}
	if len(found) != 1 {
		return http.StatusNotFound, []byte(`{"code":"user_not_found"}`)
	}
	return http.StatusOK, found[0]
}

func login(ctx context.Context, asked question) (int, []byte) {
	var found []struct {
		UserID string `json:"user_id"`
		Email  string `json:"email"`
		Hash   string `json:"password_hash"`
	}
	if err := users(ctx, "login_candidate", asked.Identifier, &found); err != nil {
		return http.StatusServiceUnavailable, []byte(`{"code":"unavailable"}`)
	}
	if len(found) != 1 || bcrypt.CompareHashAndPassword([]byte(found[0].Hash), []byte(asked.Password)) != nil {
		return http.StatusForbidden, []byte(`{"code":"invalid_credentials"}`)
	}
	body, _ := json.Marshal(map[string]string{"user_id": found[0].UserID, "email": found[0].Email})
	return http.StatusOK, body
}

func mark(ctx context.Context, asked question) (int, []byte) {
	_, err := pool.Exec(ctx, "INSERT INTO public.bench_mark VALUES ($1, now()) ON CONFLICT DO NOTHING", asked.UserID)
	if err != nil {
		return http.StatusServiceUnavailable, []byte(`{"code":"unavailable"}`)
	}
	body, _ := json.Marshal(map[string]string{"user_id": asked.UserID})
	return http.StatusOK, body
}
