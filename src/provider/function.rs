//! A model that is a function of the program ([`ModelFunction`]), and what it is asked ([`FunctionCall`]).

use std::fmt;
use std::sync::Arc;

use super::completion::Completion;
use super::error::ProviderError;
use super::request::ChatRequest;

/// A call of a model that is a function.
#[derive(Clone, Debug)]
pub struct FunctionCall {
    pub request: ChatRequest,
    /// Whether a verdict is asked for, and no output.
    pub is_verdict: bool,
}

/// What a function returns for a call.
type FunctionResult = Result<Completion, ProviderError>;

/// A model that is a function of the program. It may be called from several threads at once.
#[derive(Clone)]
pub struct ModelFunction(Arc<dyn Fn(&FunctionCall) -> FunctionResult + Send + Sync>);

impl ModelFunction {
    pub fn new(function: impl Fn(&FunctionCall) -> FunctionResult + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }

    /// Calls it. It may block, and it may panic.
    pub fn call(&self, call: &FunctionCall) -> FunctionResult {
        (self.0)(call)
    }
}

impl PartialEq for ModelFunction {
    /// Whether both are the same function of the program.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for ModelFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ModelFunction")
    }
}
