package api

import (
	"bytes"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
)

// prepare has a sale's answer made while its entry is being written, which takes the
// disk longer. What is returned gives it, once that is done: nil where none was made,
// because nothing was to be written, or because making it panicked, which it will for
// who waits for it too.
func (s *Server) prepare(b *checkout.Basket) (prepared func() *Completed) {
	made := make(chan *Completed, 1)
	begun := false
	b.Meanwhile = func(completed checkout.Completed) {
		begun = true
		go func() {
			defer close(made)
			defer func() { _ = recover() }()
			made <- s.written(completed)
		}()
	}
	return func() *Completed {
		if !begun {
			return nil
		}
		return <-made
	}
}

// written is what is told of a sale, and how it is sent.
func (s *Server) written(completed checkout.Completed) *Completed {
	told := s.told(completed)
	var text bytes.Buffer
	if err := huma.DefaultJSONFormat.Marshal(&text, told); err != nil {
		panic(err) // our own type always can be
	}
	told.text = text.Bytes()
	return &told
}

// sent is the answer as it is sent.
func (c Completed) sent() []byte { return c.text }
