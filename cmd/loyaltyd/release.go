package main

// release is set by the build.
var release = "unknown"
