package wire

import (
	"net/http"
	"slices"
	"strings"
)

// acceptEncoding in an answer says which content encodings a request may have (RFC
// 9110 §12.5.3), and in a request which the answer may have.
const acceptEncoding = "Accept-Encoding"

// SayTaken says in the answer to a hello that batches may come as Columns, and
// requests be signed briefly (AuthorizeBriefly). Both came with one release: that
// before says nothing.
func SayTaken(h http.Header) { h.Set(acceptEncoding, Columns+", "+Zstd+", gzip") }

// SayWanted says in a request how the answer may be packed: as Columns where the
// request is, as its asker then knows them.
func SayWanted(h http.Header) {
	h.Set(acceptEncoding, Zstd)
	if h.Get("Content-Encoding") == Columns {
		h.Set(acceptEncoding, Columns+", "+Zstd)
	}
}

// Takes reports whether a header says so of a content encoding.
func Takes(h http.Header, encoding string) bool {
	said := strings.Split(h.Get(acceptEncoding), ",")
	return slices.ContainsFunc(said, func(one string) bool { return strings.TrimSpace(one) == encoding })
}
