//! A batch: lanes of one program, with a value or a column for each of its inputs, and the way they are to run.
//!
//! In: a [`Program`], a number of lanes, columns by name. Out: what [`crate::Engine`] takes. Always: a column has one
//! number for every lane, or one for all. Deliberately absent: files and tables.
//!
//! ```
//! # use evalgrad::{Batch, Error, Program};
//! let program = Program::parse("(* a x)")?;
//! let batch = Batch::new(&program, 3).bind("x", &[1.0, 2.0, 3.0])?.bind("a", 2.5)?;
//! assert_eq!(batch.lanes(), 3);
//! # Ok::<(), Error>(())
//! ```

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::machine::work::Column;
use crate::program::Program;

/// How lanes are run. Every tier gives the same answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tier {
    /// The engine chooses what it estimates to be fastest, by what is known of the program and how many lanes there are.
    #[default]
    Auto,
    /// Every lane runs on the machine.
    Interpret,
    /// Tapes are recorded once and replayed over the lanes.
    Replay,
    /// Tapes become a kernel of their own, on a GPU; what is too large for one is [`Error::Unsupported`].
    Specialize,
}

/// How a program becomes machine code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Road {
    /// As data for the compiled interpreter.
    #[default]
    Interpreted,
    /// Compiled itself: the second road, which proves the first one right.
    Direct,
}

/// Lanes of one program and what their inputs are.
#[derive(Clone, Debug)]
pub struct Batch {
    program: Program,
    lanes: usize,
    /// By input, in the program's order.
    columns: Vec<Option<Column>>,
    tier: Tier,
    road: Road,
}

impl Batch {
    /// Lanes of a program, with no input bound yet.
    pub fn new(program: &Program, lanes: usize) -> Batch {
        let columns = vec![None; program.inputs().len()];
        Batch { program: program.clone(), lanes, columns, tier: Tier::default(), road: Road::default() }
    }

    /// Binds an input: a slice of `lanes` f32 or f64, or one number for every lane. A second binding of the same input
    /// takes the place of the first.
    ///
    /// # Errors
    /// [`Error::UnknownInput`]; [`Error::Length`] for a slice of another length than `lanes`.
    pub fn bind(mut self, name: &str, column: impl Into<Column>) -> Result<Batch, Error> {
        let input = self.program.input(name)?;
        let column = column.into();
        let found = match &column {
            Column::Uniform(_) => self.lanes,
            Column::F32(values) => values.len(),
            Column::F64(values) => values.len(),
        };
        if found != self.lanes {
            return Err(Error::Length { name: name.to_owned(), found, lanes: self.lanes });
        }
        self.columns[input] = Some(column);
        Ok(self)
    }

    /// Binds every element of an input that is a vector or matrix ([`ProgramOptions::shapes`](crate::program::ProgramOptions)), row by
    /// row, to one number for every lane. [`Batch::bind`] of an element's name, `w[0]`, takes a column.
    ///
    /// # Errors
    /// [`Error::UnknownInput`]; [`Error::Usage`] for another number of elements.
    pub fn bind_elements(mut self, name: &str, elements: &[f64]) -> Result<Batch, Error> {
        let names = self.program.elements(name);
        self.program.input(&names[0])?;
        if names.len() != elements.len() {
            let (found, wanted) = (elements.len(), names.len());
            return Err(Error::Usage(format!("{found} numbers for the {wanted} elements of `{name}`")));
        }
        for (name, element) in names.iter().zip(elements) {
            self = self.bind(name, *element)?;
        }
        Ok(self)
    }

    /// Pins a tier. One that was named and cannot run is an error, never another tier.
    #[must_use]
    pub fn tier(mut self, tier: Tier) -> Batch {
        self.tier = tier;
        self
    }

    /// Pins a road.
    #[must_use]
    pub fn road(mut self, road: Road) -> Batch {
        self.road = road;
        self
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Number of lanes.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// The tier that was asked for.
    pub fn tier_asked(&self) -> Tier {
        self.tier
    }

    /// The road that was asked for.
    pub fn road_asked(&self) -> Road {
        self.road
    }

    /// A column for every input, in the program's order: what was bound, else where a `param` form starts.
    ///
    /// # Errors
    /// [`Error::MissingInputs`] with every input that has neither.
    pub fn columns(&self) -> Result<Vec<Column>, Error> {
        let mut missing = Vec::new();
        let mut columns = Vec::with_capacity(self.columns.len());
        for (input, column) in self.program.inputs().iter().zip(&self.columns) {
            match (column, input.start) {
                (Some(column), _) => columns.push(column.clone()),
                (None, Some(start)) => columns.push(Column::Uniform(start)),
                (None, None) => missing.push(input.name.to_string()),
            }
        }
        if missing.is_empty() { Ok(columns) } else { Err(Error::MissingInputs(missing)) }
    }
}

macro_rules! uniform {
    ($($number:ty)*) => {$(
        impl From<$number> for Column {
            fn from(value: $number) -> Column {
                Column::Uniform(value as f64)
            }
        }
    )*};
}
uniform!(f32 f64 i32 u32 i64 u64 usize);

macro_rules! per_lane {
    ($($number:ty => $variant:ident)*) => {$(
        impl From<&[$number]> for Column {
            fn from(values: &[$number]) -> Column {
                Column::$variant(values.into())
            }
        }
        impl<const N: usize> From<&[$number; N]> for Column {
            fn from(values: &[$number; N]) -> Column {
                Column::$variant(values.as_slice().into())
            }
        }
        impl From<&Vec<$number>> for Column {
            fn from(values: &Vec<$number>) -> Column {
                Column::$variant(values.as_slice().into())
            }
        }
        impl From<Vec<$number>> for Column {
            fn from(values: Vec<$number>) -> Column {
                Column::$variant(values.into())
            }
        }
        impl From<std::sync::Arc<[$number]>> for Column {
            fn from(values: std::sync::Arc<[$number]>) -> Column {
                Column::$variant(values)
            }
        }
    )*};
}
per_lane!(f32 => F32 f64 => F64);

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tier::Auto => "auto",
            Tier::Interpret => "interpret",
            Tier::Replay => "replay",
            Tier::Specialize => "specialize",
        })
    }
}

impl FromStr for Tier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Tier, Error> {
        let all = [Tier::Auto, Tier::Interpret, Tier::Replay, Tier::Specialize];
        all.into_iter().find(|tier| tier.to_string() == text).ok_or_else(|| {
            Error::Usage(format!("`{text}` is no tier; the tiers are auto, interpret, replay and specialize"))
        })
    }
}

impl fmt::Display for Road {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Road::Interpreted => "interpreted",
            Road::Direct => "direct",
        })
    }
}

impl FromStr for Road {
    type Err = Error;

    fn from_str(text: &str) -> Result<Road, Error> {
        [Road::Interpreted, Road::Direct]
            .into_iter()
            .find(|road| road.to_string() == text)
            .ok_or_else(|| Error::Usage(format!("`{text}` is no road; the roads are interpreted and direct")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_take_what_was_bound_then_the_start_then_complain_of_all() {
        let program = Program::parse("(+ (param 'k 2.5) (* a x) y)").unwrap();
        let batch = Batch::new(&program, 2).bind("a", 1).unwrap();
        let missing = batch.columns().unwrap_err();
        assert!(matches!(&missing, Error::MissingInputs(names) if names == &["x", "y"]), "{missing}");
        let batch = batch.bind("x", &[1.0f32, 2.0]).unwrap().bind("y", vec![3.0f64, 4.0]).unwrap();
        let values: Vec<f64> = batch.columns().unwrap().iter().map(|column| column.at::<f64>(1)).collect();
        assert_eq!(values, [2.5, 1.0, 2.0, 4.0]);
    }

    #[test]
    fn a_column_of_another_length_or_name_is_refused() {
        let program = Program::parse("(* a x)").unwrap();
        let length = Batch::new(&program, 3).bind("x", &[1.0f32, 2.0]).unwrap_err();
        assert!(matches!(length, Error::Length { found: 2, lanes: 3, .. }));
        let name = Batch::new(&program, 3).bind("z", 1.0).unwrap_err();
        assert_eq!(name.to_string(), "the program has no input named `z`; it has `a`, `x`");
    }

    #[test]
    fn tiers_and_roads_are_named_as_they_are_written() {
        for tier in [Tier::Auto, Tier::Interpret, Tier::Replay, Tier::Specialize] {
            assert_eq!(tier.to_string().parse::<Tier>().unwrap(), tier);
        }
        for road in [Road::Interpreted, Road::Direct] {
            assert_eq!(road.to_string().parse::<Road>().unwrap(), road);
        }
        assert!("fast".parse::<Tier>().is_err() && "scenic".parse::<Road>().is_err());
    }
}
