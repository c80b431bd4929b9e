// Package loyalty knows promises: a program read from its YAML, what a basket
// earns and what a reward takes off it under that program, why, and what a
// terminal knows of a member.
//
// It is pure: no clock, no storage, no network. The same basket under the same
// version gives the same postings on every machine. Whether points may be
// spent here is the store's to say, and the conversation is checkout's.
package loyalty
