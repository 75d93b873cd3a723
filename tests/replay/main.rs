//! The tier `replay` gives every bit that the tier `interpret` gives: values, gradients, statuses, values of other kinds.
//!
//! Every test runs programs by both tiers through the public engine, on both roads and in both precisions.

mod branches;
mod budgets;
mod calls;
mod failures;
mod loops;
mod memory;
mod orders;
mod paths;
mod same;
mod tables;
