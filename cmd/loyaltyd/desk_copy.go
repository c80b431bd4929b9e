package main

import (
	"net/http"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/hq"
)

// copyRoutes are where headquarters is told of its backups.
func copyRoutes(running func() (*headquarters, error)) desk.Routes {
	return desk.Routes{"POST /hq/copies": func(r *http.Request) (any, error) {
		h, err := running()
		if err != nil {
			return nil, err
		}
		var copied hq.Copy
		if err := desk.Read(r, &copied); err != nil {
			return nil, err
		}
		n, err := h.NoteCopy(r.Context(), copied)
		return notedCopy{n}, err
	}}
}
