//! Schemes that are known by name and never verified.

use super::Kind::Unsupported;
use super::{Scheme, schemes};

schemes! {
    // Known by name, never verified.
    weak "cisco_pix" => Unsupported, "16 letters";
    weak "cisco_asa" => Unsupported, "16 letters";
    weak "cisco_type4" => Unsupported, "43 letters";
    weak "cisco_type7" => Unsupported, "hexadecimal, reversible";
    weak "cisco_type8" => Unsupported, "`$8$…`";
    weak "cisco_type9" => Unsupported, "`$9$…`";
    weak "fshp" => Unsupported, "`{FSHP…}…`";
    weak "msdcc" => Unsupported, "32 hexadecimal digits";
    weak "msdcc2" => Unsupported, "`$DCC2$…`";
    weak "sybase_ase" => Unsupported, "`0xc007…`";
    weak "domino5" => Unsupported, "32 hexadecimal digits";
    weak "domino6" => Unsupported, "`(G…)`";
    weak "domino8" => Unsupported, "`(H…)`";
    weak "sap_codvn_b" => Unsupported, "`USER$HEX`";
    weak "sap_codvn_fg" => Unsupported, "`USER$HEX`";
    weak "sap_codvn_h" => Unsupported, "`{x-issha, …}…`";
    weak "racf" => Unsupported, "`$racf$*…`";
    weak "aix_smd5" => Unsupported, "`{smd5}SALT$…`";
    weak "aix_ssha1" => Unsupported, "`{ssha1}06$…`";
    weak "aix_ssha256" => Unsupported, "`{ssha256}06$…`";
    weak "aix_ssha512" => Unsupported, "`{ssha512}06$…`";
    weak "macos_ml" => Unsupported, "`$ml$…`";
    weak "solarwinds_orion" | "solarwinds_orion2" => Unsupported, "`$solarwinds$…`";
    weak "mongodb_scram" | "mongodb_scram_sha1 mongodb_scram_sha256" => Unsupported, "`$mongodb-scram$*…`";
    weak "dovecot_otp" => Unsupported, "`{OTP}…`";
    weak "oracle_otm" => Unsupported, "`otm_sha256:…`";
    weak "azure_sync" => Unsupported, "`v1;PPH1_MD4,…`";
    weak "qnx" | "qnx_md5 qnx_sha256 qnx_sha512" => Unsupported, "`@m@…`, `@s@…`, `@S@…`";
    weak "lmhash_half" => Unsupported, "16 hexadecimal digits";
    weak "macos_sha1" => Unsupported, "48 hexadecimal digits";
    weak "macos_sha512" => Unsupported, "136 hexadecimal digits";
    weak "argon2_raw" => Unsupported, "a key alone";
    weak "openedge" => Unsupported, "16 letters";
    weak "serv_u" => Unsupported, "2 letters and 32 hexadecimal digits";
}
