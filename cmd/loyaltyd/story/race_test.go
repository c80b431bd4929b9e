//go:build race

package story_test

// memoryFactor is how many times the memory a daemon may take that is built with the
// race detector, which keeps shadows of it: "5-10×" by its manual.
const memoryFactor = 10
