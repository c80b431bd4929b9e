package backups_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
)

func TestMain(m *testing.M) { commandtest.Main(m) }
