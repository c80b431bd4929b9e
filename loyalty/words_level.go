package loyalty

import "github.com/loyaltyd/loyaltyd/loyalty/condition"

// levelsNamed are the levels a condition compares with, whatever its form.
func levelsNamed(c *condition.Condition) []string {
	if c == nil {
		return nil
	}
	tokens := tokenForm.FindAllString(c.String(), -1)
	var names []string
	for i, token := range tokens {
		if token != "member.tier" && token != "referrer.tier" {
			continue
		}
		names = append(names, textsAround(tokens, i)...)
	}
	return names
}

// textsAround are the texts a path at a place is compared with.
func textsAround(tokens []string, at int) []string {
	if at >= 2 && mirrored[tokens[at-1]] != "" {
		if name, ok := unquoted(tokens[at-2]); ok {
			return []string{name}
		}
	}
	if at+2 >= len(tokens) {
		return nil
	}
	if mirrored[tokens[at+1]] != "" {
		if name, ok := unquoted(tokens[at+2]); ok {
			return []string{name}
		}
	}
	var names []string
	if tokens[at+1] == "in" && tokens[at+2] == "[" {
		for _, token := range tokens[at+3:] {
			if token == "]" {
				break
			}
			if name, ok := unquoted(token); ok {
				names = append(names, name)
			}
		}
	}
	return names
}
