use super::*;

type Told = (Vec<(String, u16, Vec<String>)>, Transport);

fn target(url: &str, files: DatabaseTls) -> Result<DatabaseTarget, UrlFault> {
    DatabaseTarget::parse(&Secret::new(url.to_owned()), files)
}

/// Places as text, and the transport.
fn read(url: &str, files: DatabaseTls) -> Result<Told, UrlFault> {
    let (server, transport) = match target(url, files)? {
        DatabaseTarget::Postgresql(server, transport)
        | DatabaseTarget::Mysql(server, transport) => (server, transport),
        DatabaseTarget::Sqlite(_) => return Err(ENGINE),
    };
    let places = match server.places {
        Places::Sockets(sockets) => sockets
            .into_iter()
            .map(|(path, port)| (path.display().to_string(), port, vec![]))
            .collect(),
        Places::Hosts(hosts) => hosts
            .into_iter()
            .map(|host| {
                let addresses = host.addresses.iter().map(ToString::to_string).collect();
                (host.name, host.port, addresses)
            })
            .collect(),
    };
    Ok((places, transport))
}

fn transport(url: &str) -> Result<Transport, UrlFault> {
    Ok(read(url, DatabaseTls::default())?.1)
}

fn verified() -> Transport {
    Transport::Tls(DatabaseTls::default())
}

#[test]
fn loopback_may_be_plain_and_nothing_else() {
    for local in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "127.0.0.9:5433"] {
        assert_eq!(
            transport(&format!("postgres://u:p@{local}/d")),
            Ok(Transport::Plain),
            "{local}"
        );
    }
    for far in [
        "db.example.com",
        "10.0.0.1",
        "127.0.0.1.example.com",
        "[2001:db8::1]",
        "127.1",
        "0.0.0.0",
        "localhost.",
        "localhost.example.com",
        "[::ffff:127.0.0.1]",
        "2130706433",
    ] {
        assert_eq!(transport(&format!("mysql://u:p@{far}/d")), Ok(verified()), "{far}");
        assert!(transport(&format!("postgres://u:p@{far}/d?sslmode=disable")).is_err(), "{far}");
    }
}

/// The rule reads what is connected to, wherever the URL says it.
#[test]
fn every_host_and_address_decides() {
    for far in [
        "postgres://u:p@localhost/d?hostaddr=192.0.2.1",
        "postgres://u:p@127.0.0.1/d?hostaddr=192.0.2.1",
        "postgres://u:p@/d?host=192.0.2.1",
        "postgres://u:p@/d?hostaddr=192.0.2.1",
        "postgres://u:p@localhost,db.example.com/d",
        "postgres://u:p@localhost,127.0.0.1/d?hostaddr=127.0.0.1,192.0.2.1",
        "postgres://u:p@/d?host=localhost,10.0.0.1",
    ] {
        assert_eq!(transport(far), Ok(verified()), "{far}");
        assert!(
            transport(&format!(
                "{far}{}sslmode=disable",
                if far.contains('?') { '&' } else { '?' }
            ))
            .is_err(),
            "{far}"
        );
    }
    for near in [
        "postgres://u:p@db.example.com/d?hostaddr=127.0.0.1",
        "postgres://u:p@localhost,127.0.0.1:1,[::1]:2/d",
        "postgres://u:p@/d?host=/run/postgresql",
        "postgres://u:p@%2Frun%2Fpostgresql/d",
        "mysql://u:p@localhost/d?unix_socket=/run/mysqld/mysqld.sock",
    ] {
        assert_eq!(transport(near), Ok(Transport::Plain), "{near}");
    }
    for twice in [
        "postgres://u:p@localhost/d?host=192.0.2.1",
        "postgres://u:p@localhost/d?host=/run/postgresql",
        "mysql://u:p@db.example.com/d?socket=/run/mysqld/mysqld.sock",
        "postgres://u:p@h/d?dbname=e",
        "postgres://u:p@h/d?user=v",
        "postgres://u:p@h:1/d?port=2",
    ] {
        assert!(transport(twice).is_err(), "{twice}");
    }
}

/// In clear text no resolver is asked: `localhost` is what it must be, whatever a hosts file says.
#[test]
fn places_are_as_they_are_written() {
    let localhost = ["127.0.0.1", "::1"].map(str::to_owned).to_vec();
    for (url, expected) in [
        ("postgres://u@localhost:1/d", vec![("localhost", 1, localhost.clone())]),
        ("mysql://u@localhost/d", vec![("localhost", 3306, localhost)]),
        ("postgres://u@127.0.0.2/d", vec![("127.0.0.2", 5432, vec!["127.0.0.2".to_owned()])]),
        ("postgres://u@h1:1,h2/d", vec![("h1", 1, vec![]), ("h2", 5432, vec![])]),
        ("postgres://u@/d?host=h1,h2&port=7", vec![("h1", 7, vec![]), ("h2", 7, vec![])]),
        ("postgres://u@/d?host=h1,h2&port=7,8", vec![("h1", 7, vec![]), ("h2", 8, vec![])]),
        ("postgres://u@h/d?hostaddr=10.0.0.1", vec![("h", 5432, vec!["10.0.0.1".to_owned()])]),
        ("postgres://u@/d?host=/a,/b", vec![("/a", 5432, vec![]), ("/b", 5432, vec![])]),
        ("mysql://u@%2Frun%2Fm.sock/d", vec![("/run/m.sock", 3306, vec![])]),
    ] {
        let (places, _) = read(url, DatabaseTls::default()).expect(url);
        let expected: Vec<_> =
            expected.into_iter().map(|(name, port, at)| (name.to_owned(), port, at)).collect();
        assert_eq!(places, expected, "{url}");
    }
}

#[test]
fn what_does_not_work_is_said() {
    for url in [
        "mysql://u@h1,h2/d",
        "mysql://u@/d",
        "postgres://u@/d",
        "postgres:///d",
        "mysql://u@/d?socket=relative.sock",
        "postgres://u@/d?host=/run,h",
        "postgres://u@h1,h2/d?port=1,2,3",
        "postgres://u@h1,h2/d?hostaddr=10.0.0.1",
        "postgres://u@h/d?hostaddr=name",
        "postgres://u@/d?host=/run&sslmode=verify-full",
        "postgres://u@a%20b/d",
        "postgres://u@b%C3%BCcher/d",
        "postgres://u@h/d?connect_timeout=3",
        "postgres://u@h/d?ssl=true",
        "mysql://u@h/d?charset=utf8",
        "postgres://u@h/d?target_session_attrs=prefer-standby",
        "postgres://u@h/d?sslcert=/c",
        "mysql://u@h/d?options=x",
        "postgres://u@h/d?socket=/run/x",
        "sqlite:///a.db?mode=rw",
    ] {
        let fault = target(url, DatabaseTls::default()).err();
        let (cause, remedy) = fault.expect(url);
        assert!(!cause.is_empty() && !remedy.is_empty(), "{url}");
    }
}

#[test]
fn modes_that_fall_back_are_refused() {
    for mode in ["prefer", "allow", "PREFERRED", "verify-ca", "nonsense"] {
        assert!(transport(&format!("postgres://u@localhost/d?sslmode={mode}")).is_err(), "{mode}");
    }
    let authority: DatabaseTls = Some(PathBuf::from("/ca.pem")).into();
    let expected = Transport::Tls(authority.clone());
    let told = |url, files| read(url, files).map(|told| told.1);
    let full = "postgres://u@localhost/d?sslmode=verify-full";
    assert_eq!(told(full, authority.clone()), Ok(expected.clone()));
    let identity = "mysql://u@localhost/d?ssl-mode=VERIFY_IDENTITY&sslrootcert=/ca.pem";
    assert_eq!(told(identity, DatabaseTls::default()), Ok(expected.clone()));
    assert_eq!(told("mysql://u@localhost/d", authority.clone()), Ok(expected));
    assert!(told("postgres://u@localhost/d?sslmode=disable", authority).is_err());
    let own = "postgres://u@localhost/d?sslcert=/c.pem&sslkey=/k.pem";
    let pair = Some((PathBuf::from("/c.pem"), PathBuf::from("/k.pem")));
    let expected = Transport::Tls(DatabaseTls { authority: None, client: pair });
    assert_eq!(told(own, DatabaseTls::default()), Ok(expected));
}

#[test]
fn schemes_choose_the_engine() {
    assert!(transport("oracle://u@localhost/d").is_err());
    assert!(transport("nonsense").is_err());
    assert!(target("sqlite://", DatabaseTls::default()).is_err());
    assert!(matches!(
        target("sqlite:///var/app.db", DatabaseTls::default()),
        Ok(DatabaseTarget::Sqlite(path)) if path.as_os_str() == "/var/app.db"
    ));
}
