package tlog

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"

	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// keepPyramids bounds the tiles that are kept for proofs: 16 KiB each.
const keepPyramids = 512

type tileID struct{ level, index uint64 }

// pyramid is a tile with the nodes above its hashes: pyramid[k][i] is the hash over
// 2^k of them. A tile only ever grows to the right, so what it holds stays true.
type pyramid [layout.TileHeight + 1][][]byte

func newPyramid(hashes [][]byte) *pyramid {
	p := pyramid{hashes}
	for k := 1; k < len(p); k++ {
		for i := 0; i+1 < len(p[k-1]); i += 2 {
			p[k] = append(p[k], rfc6962.DefaultHasher.HashChildren(p[k-1][i], p[k-1][i+1]))
		}
	}
	return &p
}

// nodes reads nodes of the tree for proofs and keeps the tiles that were used last.
type nodes struct {
	reader tessera.LogReader
	tiles  *lru.Cache[tileID, *pyramid]
}

func newNodes(r tessera.LogReader) (*nodes, error) {
	c, err := lru.New[tileID, *pyramid](keepPyramids)
	return &nodes{r, c}, err
}

// inclusion is the path from an entry to the root of the tree of size (RFC 6962,
// section 2.1.1), checked against that root.
func (n *nodes) inclusion(ctx context.Context, index uint64, head policy.Head) ([][]byte, error) {
	need, err := proof.Inclusion(index, head.Size)
	if err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(need.IDs))
	for _, id := range need.IDs {
		h, err := n.node(ctx, id, head.Size)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, h)
	}
	path, err := need.Rehash(hashes, rfc6962.DefaultHasher.HashChildren)
	if err != nil {
		return nil, err
	}
	leaf, err := n.node(ctx, compact.NewNodeID(0, index), head.Size)
	if err != nil {
		return nil, err
	}
	// A tile that rotted on disk must not become a proof that nobody can check.
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, head.Size, leaf, path, head.Root[:]); err != nil {
		n.tiles.Purge()
		return nil, fmt.Errorf("%w: the tiles do not lead to the root", ErrTampered)
	}
	return path, nil
}

// root is the root of the first size entries of a larger tree, or of all.
func (n *nodes) root(ctx context.Context, size, tree uint64) (root [sha256.Size]byte, err error) {
	ids := compact.RangeNodes(0, size, nil)
	for i := len(ids) - 1; i >= 0; i-- { // the small ones on the right first
		h, err := n.node(ctx, ids[i], tree)
		if err != nil {
			return root, err
		}
		if i < len(ids)-1 {
			h = rfc6962.DefaultHasher.HashChildren(h, root[:])
		}
		root = [sha256.Size]byte(h)
	}
	return root, nil
}

// node is the hash of one node of the tree of size.
func (n *nodes) node(ctx context.Context, id compact.NodeID, size uint64) ([]byte, error) {
	level, index, inLevel, inIndex := layout.NodeCoordsToTileAddress(uint64(id.Level), id.Index)
	t := tileID{level, index}
	p, ok := n.tiles.Get(t)
	if !ok || inIndex >= uint64(len(p[inLevel])) { // unknown, or narrower than today
		raw, err := n.reader.ReadTile(ctx, level, index, layout.PartialTileSize(level, index, size))
		if err != nil {
			return nil, fmt.Errorf("reading a tile: %w", err)
		}
		var tile api.HashTile
		if err := errors.Join(tile.UnmarshalText(raw), tooWide(raw)); err != nil {
			return nil, fmt.Errorf("%w: tile %d/%d: %w", ErrTampered, level, index, err)
		}
		p = newPyramid(tile.Nodes)
		n.tiles.Add(t, p)
	}
	if inIndex >= uint64(len(p[inLevel])) {
		return nil, fmt.Errorf("%w: tile %d/%d has %d hashes", ErrTampered, level, index, len(p[0]))
	}
	return p[inLevel][inIndex], nil
}

func tooWide(tile []byte) error {
	if len(tile) > maxTile {
		return fmt.Errorf("it has %d bytes, at most %d", len(tile), maxTile)
	}
	return nil
}
