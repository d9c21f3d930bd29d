//! Statistics as pure functions over numbers and labels. What is undefined is `None`, never 0 or NaN.
