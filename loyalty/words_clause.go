package loyalty

import (
	"regexp"
	"slices"
	"strings"
)

// clause compares one thing a condition may read with values, as in
// 'member.tier == "vib"'.
type clause struct {
	path   string
	op     string   // ==, !=, <, <=, >, >=; has or hasnot where the thing is a list
	values []string // any of them; of has and ==, or none of them where the clause says no
	text   bool     // the values are texts
}

// anyLine is put before what is asked of some line of the basket.
const anyLine = "any "

// alternatives are clauses of which one list holds as a whole: "a && b || c"
// is {a, b} or {c}. It is the form in which most conditions are written; the
// rest stays in the words of the file.
type alternatives [][]clause

// tokenForm takes a condition apart. A path is one token.
var tokenForm = regexp.MustCompile(
	`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|\d+|&&|\|\||[=!<>]=|\S`)

// clauseReader reads a condition's text by descent. After something it does not
// know it is lost, and stays so.
type clauseReader struct {
	tokens []string
	lost   bool
}

// readClauses reads a condition, if it has that form.
func readClauses(text string) (alternatives, bool) {
	r := &clauseReader{tokens: tokenForm.FindAllString(text, -1)}
	all := r.either()
	return all, !r.lost && len(r.tokens) == 0
}

func (r *clauseReader) peek() string {
	if len(r.tokens) == 0 {
		return ""
	}
	return r.tokens[0]
}

func (r *clauseReader) next() string {
	token := r.peek()
	if token == "" {
		r.lost = true
		return ""
	}
	r.tokens = r.tokens[1:]
	return token
}

func (r *clauseReader) take(token string) bool {
	if r.peek() != token {
		return false
	}
	r.next()
	return true
}

func (r *clauseReader) expect(token string) {
	if !r.take(token) {
		r.lost = true
	}
}

// maxAlternatives keeps "(a || b) && (c || d) && …" readable.
const maxAlternatives = 8

func (r *clauseReader) either() alternatives {
	all := r.together()
	for !r.lost && r.take("||") {
		all = append(all, r.together()...)
	}
	return all
}

func (r *clauseReader) together() alternatives {
	all := r.single()
	for !r.lost && r.take("&&") {
		all = crossed(all, r.single())
		r.lost = r.lost || len(all) > maxAlternatives
	}
	return all
}

// crossed is each of some alternatives together with each of others.
func crossed(some, others alternatives) alternatives {
	var all alternatives
	for _, a := range some {
		for _, b := range others {
			all = append(all, slices.Concat(a, b))
		}
	}
	return all
}

func (r *clauseReader) single() alternatives {
	switch {
	case r.take("!"):
		return r.negated(r.single())
	case r.take("("):
		all := r.either()
		r.expect(")")
		return all
	}
	return alternatives{{r.clause()}}
}

// negated turns one clause round; what is more than one stays as it is written.
func (r *clauseReader) negated(of alternatives) alternatives {
	if len(of) != 1 || len(of[0]) != 1 {
		r.lost = true
		return of
	}
	c := &of[0][0]
	if c.op = opposite[c.op]; c.op == "" {
		r.lost = true
	}
	return of
}

var (
	opposite = map[string]string{
		"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "has": "hasnot", "hasnot": "has",
	}
	mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
)

func (r *clauseReader) clause() clause {
	left := r.next()
	if left == "basket.lines.exists" {
		return r.someLine()
	}
	op := r.next()
	switch {
	case op == "in" && isPath(left):
		values, text := r.list()
		return clause{left, "==", values, text}
	case op == "in":
		c := r.compare(r.next(), "==", left)
		c.op = "has"
		return c
	case mirrored[op] == "":
		r.lost = true
		return clause{}
	case !isPath(left):
		return r.compare(r.next(), mirrored[op], left)
	}
	return r.compare(left, op, r.next())
}

// compare makes a clause of a path and a value: a text, a number or, where two
// things are compared, a path.
func (r *clauseReader) compare(path, op, value string) clause {
	plain, text := unquoted(value)
	if !isPath(path) || !text && !isPath(value) && !isNumber(value) {
		r.lost = true
	}
	return clause{path, op, []string{plain}, text}
}

// list reads '["a", "b"]'.
func (r *clauseReader) list() (values []string, text bool) {
	r.expect("[")
	for !r.lost {
		value, isText := unquoted(r.next())
		r.lost = r.lost || !isText && !isNumber(value)
		values, text = append(values, value), isText
		if r.take("]") {
			return values, text
		}
		r.expect(",")
	}
	return values, text
}

// someLine reads what exists asks of the lines: one clause.
func (r *clauseReader) someLine() clause {
	r.expect("(")
	name := r.next()
	r.expect(",")
	inner := r.clause()
	r.expect(")")
	field, ok := strings.CutPrefix(inner.path, name+".")
	if !ok {
		r.lost = true
	}
	inner.path = anyLine + "line." + field
	return inner
}

func isPath(token string) bool {
	return token != "" && (token[0] == '_' || token[0] >= 'a' && token[0] <= 'z' || token[0] >= 'A' && token[0] <= 'Z')
}

func isNumber(token string) bool { return token != "" && token[0] >= '0' && token[0] <= '9' }

// unquoted takes the quotes off a text; one with a backslash in it stays as it
// is, and is no text.
func unquoted(token string) (string, bool) {
	if len(token) < 2 || token[0] != '"' && token[0] != '\'' || strings.Contains(token, `\`) {
		return token, false
	}
	return token[1 : len(token)-1], true
}
