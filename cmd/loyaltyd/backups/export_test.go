package backups

import "context"

// Look looks whether a backup is due, and makes it.
func (b *Daily) Look(ctx context.Context) { b.look(ctx) }

// LookAtPersons takes who was erased out of the files beside the backups.
func (b *Daily) LookAtPersons(ctx context.Context) { b.lookAtPersons(ctx) }

// The folder in which a backup is made.
var (
	WorkFolder = workFolder
	OpenWork   = openWork
	CloseWork  = closeWork
	SweepWork  = sweepWork
)

// PersonsSuffix is how the names of the files beside backups end.
const PersonsSuffix = personsSuffix
