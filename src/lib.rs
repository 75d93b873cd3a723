//! evalgrad
pub mod anf;
pub mod device;
pub mod error;
pub mod expand;
pub mod graph;
pub mod host;
pub mod interpreter;
pub mod machine;
pub mod op;
pub mod program;
pub mod reader;
pub mod table;
pub mod tape;
pub mod value;
pub use error::Error;
pub use interpreter::Interpreter;
pub use machine::{Budgets, ErrorKind, Failure, Status};
pub use program::Program;
