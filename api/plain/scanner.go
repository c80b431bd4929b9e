package plain

import (
	"reflect"
	"strings"
)

// scanner goes over a text. Behind each thing that it takes it steps over space.
type scanner struct {
	text   string // valid UTF-8
	at     int
	failed bool
}

func (s *scanner) fail() { s.failed = true }

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\n', '\r', '\t':
			s.at++
		default:
			return
		}
	}
}

// skip steps over a sign if it stands here.
func (s *scanner) skip(sign byte) bool {
	if s.at == len(s.text) || s.text[s.at] != sign {
		return false
	}
	s.at++
	s.space()
	return true
}

func (s *scanner) take(sign byte) {
	if !s.skip(sign) {
		s.fail()
	}
}

// string reads one without escapes, a part of the text.
func (s *scanner) string() string {
	if s.at == len(s.text) || s.text[s.at] != '"' {
		s.fail()
		return ""
	}
	from := s.at + 1
	for i := from; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			s.space()
			return s.text[from:i]
		case c == '\\' || c < ' ':
			s.fail()
			return ""
		}
	}
	s.fail()
	return ""
}

// number reads up to eighteen digits: an int64 has room for them. What is cut off, or a
// fraction, is no sign that may follow.
func (s *scanner) number() (n int64) {
	below := s.at < len(s.text) && s.text[s.at] == '-'
	if below {
		s.at++
	}
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' && s.at-from < 18 {
		n = 10*n + int64(s.text[s.at]-'0')
		s.at++
	}
	if s.at == from || s.text[from] == '0' && (s.at-from > 1 || below) {
		s.fail()
	}
	s.space()
	if below {
		return -n
	}
	return n
}

func (s *scanner) bool(into reflect.Value) {
	switch rest := s.text[s.at:]; {
	case strings.HasPrefix(rest, "true"):
		s.at += len("true")
		into.SetBool(true)
	case strings.HasPrefix(rest, "false"):
		s.at += len("false")
	default:
		s.fail()
	}
	s.space()
}
