//! What the integration tests share: programs on both roads, the executors that run them, and the corpus.
//!
//! An [`Executor`] is a column of every such test; [`executors`] lists them.
#![allow(dead_code)] // every integration test includes this module and uses its own part of it

pub mod corpus;
pub mod descents;
pub mod kernels;
pub mod recorded;
pub mod run;

#[allow(unused_imports)] // as above
pub use run::{Executor, Prepared, ROADS, Road, Run, executors, precisions};
