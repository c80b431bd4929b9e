package configs

import (
	"fmt"
	"strings"
)

const (
	// letters are what a number of a rule is made of.
	letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	// maxCode is the longest such number.
	maxCode = 48
)

// checkCodes wants rules that cannot take every number for what they are about,
// and of two that fit one number a shorter prefix for one.
func (c Config) checkCodes(bad complain) {
	first := map[string]string{}
	for _, list := range []struct {
		key   string
		rules []CodeRule
	}{{"cards", c.Cards}, {"badges", c.Badges}, {"coupons", c.Coupons}, {"products", c.Products}} {
		for i, rule := range list.rules {
			key := fmt.Sprintf("%s[%d]", list.key, i)
			rule.check(key, bad)
			same := fmt.Sprintf("%d %s", rule.Length, rule.Prefix)
			if other, taken := first[same]; taken {
				bad(key+".prefix", "%q with length %d is %s's: a number is one thing", rule.Prefix, rule.Length, other)
			}
			first[same] = key
			if list.key == "cards" && rule.takesWeighed() {
				bad(key+".prefix", "%q is how weighed goods begin, which would be taken for cards: write more of what all cards begin with", rule.Prefix)
			}
		}
	}
	for i, host := range c.CardHosts {
		if host == "" || host != strings.ToLower(host) || strings.ContainsAny(host, "/: ") {
			bad(fmt.Sprintf("card_hosts[%d]", i), "%q is no host: its name in small letters, such as id.example.org", host)
		}
	}
}

func (r CodeRule) check(key string, bad complain) {
	if r.Prefix == "" || strings.Trim(r.Prefix, letters) != "" {
		bad(key+".prefix", "%q: the digits or capital letters that every one begins with", r.Prefix)
	}
	if r.Length <= len(r.Prefix) || r.Length > maxCode {
		bad(key+".length", "%d: more than the prefix has, and at most %d", r.Length, maxCode)
	}
}

// takesWeighed reports whether whatever a shop prints on weighed goods fits too:
// UPC-A that begins with 2, EAN-13 with 02 or 2 (GS1 General Specifications, 1.4).
func (r CodeRule) takesWeighed() bool {
	switch r.Length {
	case 12:
		return r.Prefix == "2"
	case 13:
		return r.Prefix == "2" || r.Prefix == "0" || r.Prefix == "02"
	}
	return false
}
