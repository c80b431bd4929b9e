//go:build !race

package story_test

const memoryFactor = 1
