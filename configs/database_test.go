package configs_test

import (
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/configs"
)

// A database's address prints without its password, however it is written.
func TestDatabaseURLMasksItself(t *testing.T) {
	for address, want := range map[configs.DatabaseURL]string{
		"":                                "",
		"postgres://db/loyalty":           "postgres://db/loyalty",
		"postgres://me@db/loyalty":        "postgres://me@db/loyalty",
		"postgres://me:s3cret@db/loyalty": "postgres://me:***@db/loyalty",
		"postgres://me:s3cret@db/x?password=s3cret":   "postgres://me:***@db/x?password=***",
		"postgres://me:s3cret@db:port/x":              "***",
		"host=db user=me password=s3cret dbname=x":    "host=db user=me password=*** dbname=x",
		"host=db password = 's3 cret' dbname=x":       "host=db password = *** dbname=x",
		`host=db password='s3 \'cret' sslmode=prefer`: "host=db password=*** sslmode=prefer",
	} {
		if got := fmt.Sprint(address); got != want {
			t.Errorf("%q is printed, want %q", got, want)
		}
	}
}
