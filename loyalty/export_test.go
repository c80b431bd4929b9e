package loyalty

// UpTo is the one rounding of returns.
var UpTo = upTo
