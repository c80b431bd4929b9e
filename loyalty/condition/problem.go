package condition

import "fmt"

// Problem says what is wrong with a condition and what to write instead. Line
// and Column count from 1, within the condition's text and in characters.
type Problem struct {
	Line, Column int
	Text         string
}

func (p *Problem) Error() string { return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Text) }
