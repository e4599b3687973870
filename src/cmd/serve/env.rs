//! Environment variables: `ETCD_NAME` is `--name`, and so on for every flag.
//!
//! A variable without a value counts as not set. One that names no flag is only warned about: tools set many for purposes of
//! their own. The same flag on the command line and in the environment is refused, since neither is surely the one meant.

use std::ffi::OsString;

use super::{
    config::ConfigError,
    settings::{Settings, Source},
    table,
};

/// Adds what the environment says to `settings`; answers warnings to be logged.
///
/// # Errors
/// [`ConfigError::GivenTwice`], or [`ConfigError::Environment`] for a value that is not of the flag's kind.
pub fn apply(settings: &mut Settings, variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<String>, ConfigError> {
    let mut variables: Vec<(String, OsString)> = variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, value)| name.starts_with("ETCD_") && !value.is_empty())
        .collect();
    variables.sort();
    let mut warnings = Vec::new();
    for (name, value) in variables {
        let Some(flag) = table::shown().find(|flag| flag.env_name() == name) else {
            warnings.push(format!("unknown environment variable {name} is ignored"));
            continue;
        };
        if settings.source(flag.name) == Some(Source::CommandLine) {
            return Err(ConfigError::GivenTwice { flag: flag.name, variable: name });
        }
        let text = value.to_string_lossy();
        let value = flag.kind.parse(&text).map_err(|expected| ConfigError::Environment {
            variable: name,
            value: text.clone().into_owned(),
            expected,
        })?;
        settings.set(flag, value, Source::Environment);
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(args: &[&str]) -> Settings {
        Settings::from_args(args.iter().map(OsString::from).collect()).unwrap().0
    }

    fn variables(pairs: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
        pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn every_flag_is_known_by_its_variable() {
        for flag in table::shown() {
            let mut settings = Settings::default();
            let value = if flag.default.is_empty() { "http://h:1" } else { flag.default };
            if flag.kind.parse(value).is_err() {
                continue; // a choice with the empty default alone
            }
            let warnings = apply(&mut settings, variables(&[(&flag.env_name(), value)])).unwrap();
            assert!(warnings.is_empty(), "{warnings:?}");
            assert_eq!(settings.source(flag.name), Some(Source::Environment), "--{}", flag.name);
        }
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        let mut settings = settings(&["--name=a"]);
        apply(&mut settings, variables(&[("ETCD_NAME", ""), ("ETCD_DATA_DIR", "")])).unwrap();
        assert_eq!(settings.source("data-dir"), None);
    }

    #[test]
    fn a_variable_beside_its_flag_is_refused() {
        let error = apply(&mut settings(&["--name=a"]), variables(&[("ETCD_NAME", "b")])).unwrap_err();
        assert_eq!(error.to_string(), "--name and the environment variable ETCD_NAME are both set; remove one of them");
    }

    #[test]
    fn unknown_variables_are_warned_about_and_foreign_ones_are_not_even_seen() {
        let warnings =
            apply(&mut settings(&[]), variables(&[("ETCD_VERIFY", "all"), ("HOME", "/"), ("ETCDCTL_API", "3")])).unwrap();
        assert_eq!(warnings, ["unknown environment variable ETCD_VERIFY is ignored"]);
    }

    #[test]
    fn a_bad_value_names_its_variable() {
        let error = apply(&mut settings(&[]), variables(&[("ETCD_PRE_VOTE", "maybe")])).unwrap_err();
        assert_eq!(error.to_string(), "invalid value \"maybe\" for ETCD_PRE_VOTE: expected true or false");
    }
}
