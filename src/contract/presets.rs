//! The mappings that are built in, one for the schema of each software.

/// Name and mapping, in the order of the names.
const PRESETS: &[(&str, &str)] = &[
    ("aspnet-identity", include_str!("../../deploy/contract/presets/aspnet-identity.toml")),
    ("aspnet-membership", include_str!("../../deploy/contract/presets/aspnet-membership.toml")),
    ("better-auth", include_str!("../../deploy/contract/presets/better-auth.toml")),
    ("devise", include_str!("../../deploy/contract/presets/devise.toml")),
    ("devise-confirmable", include_str!("../../deploy/contract/presets/devise-confirmable.toml")),
    ("discourse", include_str!("../../deploy/contract/presets/discourse.toml")),
    ("django", include_str!("../../deploy/contract/presets/django.toml")),
    ("drupal", include_str!("../../deploy/contract/presets/drupal.toml")),
    ("drupal7", include_str!("../../deploy/contract/presets/drupal7.toml")),
    ("flask-security", include_str!("../../deploy/contract/presets/flask-security.toml")),
    ("joomla", include_str!("../../deploy/contract/presets/joomla.toml")),
    ("keycloak", include_str!("../../deploy/contract/presets/keycloak.toml")),
    ("laravel", include_str!("../../deploy/contract/presets/laravel.toml")),
    ("mediawiki", include_str!("../../deploy/contract/presets/mediawiki.toml")),
    ("phpbb", include_str!("../../deploy/contract/presets/phpbb.toml")),
    ("redmine", include_str!("../../deploy/contract/presets/redmine.toml")),
    ("roundup", include_str!("../../deploy/contract/presets/roundup.toml")),
    ("wordpress", include_str!("../../deploy/contract/presets/wordpress.toml")),
];

/// The mapping of this name.
#[must_use]
pub fn preset(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(own, _)| *own == name).map(|(_, text)| *text)
}

/// Names, each with the first line of its mapping, which says what it is for.
pub fn presets() -> impl Iterator<Item = (&'static str, &'static str)> {
    let first = |text: &'static str| text.lines().next().unwrap_or_default();
    PRESETS.iter().map(move |(name, text)| (*name, first(text).trim_start_matches(['#', ' '])))
}
