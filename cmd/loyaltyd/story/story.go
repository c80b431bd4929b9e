// Package story has only tests: stories of a shop or a chain, told through commands,
// devices, pages and the API, most of them by processes that are killed, cut off or
// denied the disk. With `-args -shown` they run at their full numbers.
package story
