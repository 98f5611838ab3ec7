//! From a mapping's text to the mapping.

use super::builder::Builder;
use super::mapping::Mapping;
use super::walk::Walk;
use super::{Engine, Fault};

impl Mapping {
    /// Reads a mapping for an engine, with `NAME=VALUE` for some of its parameters.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(
        text: &str,
        name: &str,
        engine: Option<Engine>,
        set: &[String],
    ) -> Result<Self, Vec<Fault>> {
        let (mut source, engine) = Walk::new(text).read(engine);
        source.set(set);
        source.unset();
        source.fill();
        let faults = std::mem::take(&mut source.faults);
        let mut builder = Builder { faults, engine: engine.unwrap_or(Engine::Postgresql) };
        builder.check_engine(engine, &source);
        // Without an engine nobody can say what its SQL should look like.
        let mapping = engine.and_then(|_| builder.build(&source, name));
        builder.faults.sort_by_key(|fault| fault.line);
        mapping.filter(|_| builder.faults.is_empty()).ok_or(builder.faults)
    }
}
