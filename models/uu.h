/* uu.h - Uu of cells that have a radio: which transmission each message is (models/access does the
 * arithmetic).
 *
 * An eNB without a radio has a Uu of plain links. */
#ifndef MODELS_UU_H
#define MODELS_UU_H

#include "models/access/cell.h"

struct uu;

/* The quality of a phone's channel, 1 to 15: asked once for each. */
typedef unsigned (*uu_quality_fn)(void *user, const struct node *phone);

/* The radios of a network; net->model is its struct epc, which points to this. */
struct uu *uu_new(struct net *net, uu_quality_fn quality, void *user);
void uu_free(struct uu *uu);
/* Gives this eNB's cell a radio. Before its links are made. */
void uu_add_cell(struct uu *uu, const struct node *enb, const struct access_params *p);
/* NULL: it has none. `uu` may be NULL. */
struct cell *uu_cell(const struct uu *uu, const struct node *enb);
/* A phone in a cell that has a radio. */
struct cell_phone *uu_phone(struct uu *uu, const struct node *phone, const struct node *enb);

/* For the link settings of Uu between a phone and such an eNB. */
extern const struct carriage uu_carriage;

#endif
