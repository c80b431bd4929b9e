package postgrestest

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// Standby makes and starts a standby of the server, which follows it. Whether it
// is waited for is the server's configuration to say.
func (c *Cluster) Standby(tb testing.TB) *Cluster {
	tb.Helper()
	s, err := c.standby()
	if err != nil {
		tb.Fatal(err)
	}
	c.standbys = append(c.standbys, s)
	return s
}

func (c *Cluster) standby() (*Cluster, error) {
	dir, err := os.MkdirTemp("", "standby")
	if err != nil {
		return nil, err
	}
	s := &Cluster{bin: c.bin, dir: dir, as: c.as}
	err = s.as.own(s.dir)
	if err == nil {
		err = s.run("pg_basebackup", "--no-sync", "--checkpoint=fast", "--write-recovery-conf", "--pgdata="+s.data(),
			fmt.Sprintf("--dbname=host=%s user=%s application_name=standby", c.dir, owner))
	}
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, s.guard()
}
