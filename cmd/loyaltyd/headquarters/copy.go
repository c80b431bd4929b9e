package headquarters

import (
	"net/http"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/hq"
)

// CopyRoutes are where headquarters is told of its backups.
func CopyRoutes(running func() (*Local, error)) desk.Routes {
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
		return backups.NotedCopy{Journals: n}, err
	}}
}
