package loyalty

import "strconv"

var (
	weekdays = []string{"Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"}
	months   = []string{
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	}
)

// setWords names all of a few things, numbered from 1, of which the clause
// holds.
func setWords(c clause, before string, names []string) (string, bool) {
	var held []string
	for i, name := range names {
		if c.holds(i + 1) {
			held = append(held, name)
		}
	}
	if len(held) == 0 {
		return "", false
	}
	if c.op == "!=" {
		c.op = "=="
		but, ok := setWords(c, before, names)
		return "except " + but, ok
	}
	last := "and"
	if before != "on" {
		last = "or"
	}
	return before + " " + listed(held, last), true
}

// holds answers a clause about a number.
func (c clause) holds(n int) bool {
	for _, value := range c.values {
		with, err := strconv.Atoi(value)
		if err != nil {
			return false
		}
		switch c.op {
		case "==":
			if n == with {
				return true
			}
		case "!=":
			if n == with {
				return false
			}
		default:
			return c.op == "<" && n < with || c.op == "<=" && n <= with || c.op == ">" && n > with || c.op == ">=" && n >= with
		}
	}
	return c.op == "!="
}

// hourWords says from or until which hour.
func hourWords(c clause) (string, bool) {
	hour, err := strconv.Atoi(c.values[0])
	if err != nil || hour > 23 || len(c.values) > 1 {
		return "", false
	}
	switch c.op {
	case ">=":
		return "from " + strconv.Itoa(hour) + ":00", true
	case ">":
		return "from " + strconv.Itoa(hour+1) + ":00", true
	case "<":
		return "before " + strconv.Itoa(hour) + ":00", true
	case "<=":
		return "before " + strconv.Itoa(hour+1) + ":00", true
	}
	return "", false
}
