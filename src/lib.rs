//! evalgrad
