//! The report of a fit: for reading ([`std::fmt::Display`], an aligned table) and for programs (JSON through serde).
//!
//! In JSON a number that is not finite is the string `"inf"`, `"-inf"` or `"nan"`, and what is not known is `null`. Parameters stand in the
//! order they were given in, the free ones first, then the fixed ones, which carry `"fixed": true`.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

/// What is known about one parameter after a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The parameter's name.
    pub name: String,
    /// The value found, or the one it was fixed at.
    pub value: f64,
    /// One standard deviation; `None` where the data do not give one.
    pub std_error: Option<f64>,
    /// The 95 % confidence interval: Student's t; of a loss, the normal distribution's.
    pub ci95: Option<[f64; 2]>,
    /// Held at its value.
    pub fixed: bool,
}

/// The result of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FitReport {
    /// Free parameters first, then fixed ones.
    pub parameters: Vec<Estimate>,
    /// What was minimised, the sum over rows.
    pub loss: f64,
    /// Σ of squared residuals in units of σ; `None` of a loss that has no residuals.
    pub rss: Option<f64>,
    /// Residuals less free parameters; `None` likewise.
    pub dof: Option<i64>,
    /// The share of the target's variance that is explained; `None` likewise.
    pub r2: Option<f64>,
    /// n ln(rss/n) + 2k; of a loss, read as −ln L, 2k + 2·loss.
    pub aic: f64,
    /// n ln(rss/n) + k ln n; of a loss, k ln n + 2·loss with n rows of data, and `None` without data.
    pub bic: Option<f64>,
    /// Rows and columns in the order of the free parameters; see [`super::statistics::Statistics::covariance`].
    pub covariance: Option<Vec<Vec<Option<f64>>>>,
    /// Steps tried from the best start.
    pub iterations: usize,
    /// Starts tried.
    pub starts: usize,
    /// Whether the end is a minimum as far as arithmetic can tell, and the data determine every free parameter there.
    pub converged: bool,
    /// Why the search ended, and what is to be known about the answer.
    pub reason: String,
    /// Wall time.
    pub seconds: f64,
    /// Where the model ran.
    pub device: String,
    /// How it ran there, in words: for whoever wants details, and no part of the JSON.
    pub notes: Vec<String>,
}

impl FitReport {
    /// The estimate of this name.
    pub fn parameter(&self, name: &str) -> Option<&Estimate> {
        self.parameters.iter().find(|estimate| estimate.name == name)
    }

    /// How strongly two free parameters' errors go together, −1 to 1; by index into the free parameters.
    pub fn correlation(&self, i: usize, j: usize) -> Option<f64> {
        let entry = |row: usize, column: usize| *self.covariance.as_ref()?.get(row)?.get(column)?;
        let correlation = entry(i, j)? / (entry(i, i)? * entry(j, j)?).sqrt();
        correlation.is_finite().then_some(correlation)
    }
}

/// A number as JSON holds it.
#[derive(Clone, Copy)]
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if value.is_finite() => serializer.serialize_f64(value),
            value if value.is_nan() => serializer.serialize_str("nan"),
            value if value > 0.0 => serializer.serialize_str("inf"),
            _ => serializer.serialize_str("-inf"),
        }
    }
}

impl Serialize for Estimate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Estimate", 3 + usize::from(self.fixed))?;
        out.serialize_field("value", &Number(self.value))?;
        out.serialize_field("std_error", &self.std_error.map(Number))?;
        out.serialize_field("ci95", &self.ci95.map(|ends| ends.map(Number)))?;
        if self.fixed {
            out.serialize_field("fixed", &true)?;
        }
        out.end()
    }
}

/// Estimates as one object keyed by name.
struct ByName<'a>(&'a [Estimate]);

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(Some(self.0.len()))?;
        for estimate in self.0 {
            out.serialize_entry(&estimate.name, estimate)?;
        }
        out.end()
    }
}

/// A matrix with unknown entries.
struct Matrix<'a>(&'a [Vec<Option<f64>>]);

impl Serialize for Matrix<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(Some(self.0.len()))?;
        for row in self.0 {
            let row: Vec<Option<Number>> = row.iter().map(|entry| entry.map(Number)).collect();
            out.serialize_element(&row)?;
        }
        out.end()
    }
}

impl Serialize for FitReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("FitReport", 14)?;
        out.serialize_field("parameters", &ByName(&self.parameters))?;
        out.serialize_field("loss", &Number(self.loss))?;
        out.serialize_field("rss", &self.rss.map(Number))?;
        out.serialize_field("dof", &self.dof)?;
        out.serialize_field("r2", &self.r2.map(Number))?;
        out.serialize_field("aic", &Number(self.aic))?;
        out.serialize_field("bic", &self.bic.map(Number))?;
        out.serialize_field("covariance", &self.covariance.as_deref().map(Matrix))?;
        out.serialize_field("iterations", &self.iterations)?;
        out.serialize_field("starts", &self.starts)?;
        out.serialize_field("converged", &self.converged)?;
        out.serialize_field("reason", &self.reason)?;
        out.serialize_field("seconds", &Number(self.seconds))?;
        out.serialize_field("device", &self.device)?;
        out.end()
    }
}

impl fmt::Display for FitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.converged { "converged" } else { "not converged" };
        writeln!(f, "{state}: {}", self.reason)?;
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        writeln!(
            f,
            "{} iteration{}, {} start{}, {:.3} s on {}\n",
            self.iterations,
            plural(self.iterations),
            self.starts,
            plural(self.starts),
            self.seconds,
            self.device
        )?;
        self.estimates(f)?;
        writeln!(f)?;
        let number = |value: Option<f64>, digits| value.map(|value| general(value, digits));
        for (name, value) in [
            ("loss", Some(general(self.loss, 8))),
            ("rss", number(self.rss, 8)),
            ("dof", self.dof.map(|dof| dof.to_string())),
            ("r2", number(self.r2, 8)),
            ("aic", number(Some(self.aic), 6)),
            ("bic", number(self.bic, 6)),
        ] {
            if let Some(value) = value {
                writeln!(f, "  {name:<5} {value}")?;
            }
        }
        self.correlations(f)
    }
}

impl FitReport {
    fn estimates(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["parameter", "value", "std error", "relative", "95 % interval"];
        let mut rows = vec![header.map(str::to_owned)];
        for estimate in &self.parameters {
            let known = |value: Option<f64>, digits| value.map_or("-".to_owned(), |v| general(v, digits));
            let relative = estimate
                .std_error
                .map(|error| 100.0 * error / estimate.value.abs())
                .filter(|percent| percent.is_finite())
                .map_or("-".to_owned(), |percent| format!("{} %", general(percent, 3)));
            let interval = match estimate.ci95 {
                Some([low, high]) => format!("{} .. {}", general(low, 6), general(high, 6)),
                None if estimate.fixed => "fixed".to_owned(),
                None => "-".to_owned(),
            };
            rows.push([
                estimate.name.clone(),
                general(estimate.value, 10),
                known(estimate.std_error, 8),
                relative,
                interval,
            ]);
        }
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2), width(3)];
        for [name, value, error, relative, interval] in &rows {
            let [w0, w1, w2, w3] = widths;
            writeln!(f, "  {name:<w0$}  {value:>w1$}  {error:>w2$}  {relative:>w3$}  {interval}")?;
        }
        Ok(())
    }

    /// The pairs of parameters whose errors go together by a half or more, strongest first.
    fn correlations(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let free: Vec<&Estimate> = self.parameters.iter().filter(|estimate| !estimate.fixed).collect();
        let mut pairs = Vec::new();
        for j in 0..free.len() {
            for i in 0..j {
                if let Some(value) = self.correlation(i, j).filter(|value| value.abs() >= 0.5) {
                    pairs.push((value, &free[i].name, &free[j].name));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        if !pairs.is_empty() {
            writeln!(f, "\n  correlations of 0.5 and more")?;
        }
        for (value, first, second) in pairs {
            writeln!(f, "  {first}, {second}  {value:+.4}")?;
        }
        Ok(())
    }
}

/// A number with so many significant digits, in scientific notation where the plain one would be long; trailing zeros stay away.
fn general(value: f64, digits: usize) -> String {
    if !value.is_finite() || value == 0.0 {
        return value.to_string();
    }
    let scientific = format!("{:.*e}", digits - 1, value);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if (-5..digits as i32).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        trim(&format!("{value:.decimals$}"))
    } else {
        format!("{}e{exponent}", trim(mantissa))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> FitReport {
        let estimate = |name: &str, value, std_error, ci95, fixed| Estimate {
            name: name.to_owned(),
            value,
            std_error,
            ci95,
            fixed,
        };
        FitReport {
            parameters: vec![
                estimate("b", 2.5, Some(0.5), Some([1.5, 3.5]), false),
                estimate("a", 1e-9, None, None, false),
                estimate("k", 2.0, None, None, true),
            ],
            loss: 0.0,
            rss: Some(0.0),
            dof: Some(3),
            r2: Some(f64::NAN),
            aic: f64::NEG_INFINITY,
            bic: Some(f64::INFINITY),
            covariance: Some(vec![vec![Some(0.25), Some(0.1)], vec![Some(0.1), Some(0.0625)]]),
            iterations: 1,
            starts: 4,
            converged: true,
            reason: "done".to_owned(),
            seconds: 0.5,
            device: "cpu".to_owned(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn json_is_the_promised_one() {
        let text = serde_json::to_string(&report()).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"parameters":{"b":{"value":2.5,"std_error":0.5,"ci95":[1.5,3.5]},"#,
                r#""a":{"value":1e-9,"std_error":null,"ci95":null},"#,
                r#""k":{"value":2.0,"std_error":null,"ci95":null,"fixed":true}},"#,
                r#""loss":0.0,"rss":0.0,"dof":3,"r2":"nan","aic":"-inf","bic":"inf","#,
                r#""covariance":[[0.25,0.1],[0.1,0.0625]],"iterations":1,"starts":4,"#,
                r#""converged":true,"reason":"done","seconds":0.5,"device":"cpu"}"#
            )
        );
    }

    #[test]
    fn the_table_is_aligned() {
        let text = report().to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "converged: done");
        assert_eq!(lines[1], "1 iteration, 4 starts, 0.500 s on cpu");
        assert_eq!(lines[3], "  parameter  value  std error  relative  95 % interval");
        assert_eq!(lines[4], "  b            2.5        0.5      20 %  1.5 .. 3.5");
        assert_eq!(lines[5], "  a           1e-9          -         -  -");
        assert_eq!(lines[6], "  k              2          -         -  fixed");
        assert_eq!(lines.last(), Some(&"  b, a  +0.8000"));
    }

    #[test]
    fn numbers_are_short() {
        for (value, digits, expected) in [
            (238.942_129_18, 6, "238.942"),
            (5.501_564_318_1e-4, 6, "0.000550156"),
            (999_999.7, 6, "1e6"),
            (-1.5e-12, 4, "-1.5e-12"),
            (100.0, 3, "100"),
            (f64::INFINITY, 3, "inf"),
            (0.0, 3, "0"),
        ] {
            assert_eq!(general(value, digits), expected);
        }
    }
}
