package wire

import (
	"errors"
	"io"
	"net/http"
)

// ReadBody reads a request as it came, within MaxRequest; its errors are refusals.
func ReadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	packed, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxRequest))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, Refuse(CodeTooLarge, "")
	}
	if err != nil {
		return nil, Refuse(CodeInvalid, "the body did not come whole")
	}
	return packed, nil
}
