package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/api/plain"
)

// register adds a call that has a body, with what answers it: an output with a Body, or
// an error. huma describes it, as it does all; and it reads a request and says what is
// wrong with it, unless that is plainly right. Then it is read here, in one pass.
func register[I, O any](routes huma.API, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	body, _ := reflect.TypeFor[O]().FieldByName("Body")
	c := &call[I, O]{routes: routes, handle: handle, body: body.Index}
	op.Middlewares = append(op.Middlewares, c.serve)
	huma.Register(routes, op, handle)
	c.reader = plain.New[I](routes.OpenAPI().Components.Schemas)
}

// call is a call with a body.
type call[I, O any] struct {
	routes huma.API
	reader plain.Reader[I]
	handle func(context.Context, *I) (*O, error)
	body   []int // of an output
}

// serve is a middleware of huma's, the last before it reads the request.
func (c *call[I, O]) serve(ctx huma.Context, next func(huma.Context)) {
	sent := buffers.take()
	defer buffers.give(sent)
	err := readBody(ctx, sent)
	if brokeOff(err) {
		c.refuse(ctx, problem(badRequest, "its body breaks off"))
		return
	}
	var in I
	if err != nil || !isJSON(ctx.Header("Content-Type")) || !c.reader.Read(ctx.Param, sent.String(), &in) {
		next(&again{ctx, sent, err})
		return
	}
	out, err := c.handle(ctx.Context(), &in)
	if err != nil {
		c.refuse(ctx, err)
		return
	}
	c.answer(ctx, ctx.Operation().DefaultStatus, reflect.ValueOf(out).Elem().FieldByIndex(c.body).Interface())
}

// readBody reads as huma would.
func readBody(ctx huma.Context, into *bytes.Buffer) error {
	op := ctx.Operation()
	_ = ctx.SetReadDeadline(time.Now().Add(op.BodyReadTimeout)) // none where the answer is kept for its budget
	_, err := into.ReadFrom(io.LimitReader(ctx.BodyReader(), op.MaxBodyBytes))
	return err
}

// brokeOff reports whether a body ended before its end. That it is too large or came too
// slowly huma says.
func brokeOff(err error) bool {
	return err != nil && !errors.As(err, new(*http.MaxBytesError)) && !errors.Is(err, os.ErrDeadlineExceeded)
}

func isJSON(contentType string) bool {
	kind, parameters, _ := strings.Cut(contentType, ";")
	return (kind == "" || kind == "application/json") && !strings.Contains(parameters, "+")
}

// again is a request whose body was read once: to its end, or to an error.
type again struct {
	asked
	body *bytes.Buffer
	err  error
}

// asked is huma's, which has a method of its own name.
type asked = huma.Context

// BodyReader implements huma.Context.
func (a *again) BodyReader() io.Reader { return a }

// Read implements io.Reader.
func (a *again) Read(p []byte) (int, error) {
	if a.body.Len() == 0 && a.err != nil {
		return 0, a.err
	}
	return a.body.Read(p)
}

// refuse answers an error as huma does: a problem as it is.
func (c *call[I, O]) refuse(ctx huma.Context, err error) {
	p, ok := errors.AsType[*Problem](err)
	if !ok {
		p = unreadable(http.StatusInternalServerError, "unexpected error occurred", []error{err})
	}
	for name, values := range p.GetHeaders() {
		ctx.SetHeader(name, values[0])
	}
	c.answer(ctx, p.Status, p)
}

// answer writes a body at once, with its length.
func (c *call[I, O]) answer(ctx huma.Context, status int, body any) {
	contentType, _ := c.routes.Negotiate(ctx.Header("Accept")) // which falls back to JSON
	if own, ok := body.(huma.ContentTypeFilter); ok {
		contentType = own.ContentType(contentType)
	}
	written := buffers.take()
	defer buffers.give(written)
	if ready, ok := body.(interface{ sent() []byte }); ok {
		written.Write(ready.sent())
	} else if err := c.routes.Marshal(written, contentType, body); err != nil {
		panic(err) // our own types always can be
	}
	ctx.SetHeader("Content-Type", contentType)
	ctx.SetHeader("Content-Length", strconv.Itoa(written.Len()))
	ctx.SetStatus(status)
	_, _ = ctx.BodyWriter().Write(written.Bytes()) // the caller is gone; there is nobody to tell
}
