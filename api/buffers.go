package api

import (
	"bytes"
	"sync"
)

// buffers are those that requests and answers stand in, used again.
var buffers = pool{New: func() any { return new(bytes.Buffer) }}

type pool sync.Pool

// mostKept is how large a buffer is used again.
const mostKept = 64 << 10

func (p *pool) take() *bytes.Buffer { return (*sync.Pool)(p).Get().(*bytes.Buffer) }

func (p *pool) give(b *bytes.Buffer) {
	if b.Cap() <= mostKept {
		b.Reset()
		(*sync.Pool)(p).Put(b)
	}
}
