/* pmix_part.c - a program of PMIx for system tests: its first two ranks fence
 * without the others, and say what came of it. */

#include <pmix.h>
#include <stdio.h>

int main(void)
{
    pmix_proc_t own, part[2];
    pmix_status_t rc = PMIx_Init(&own, NULL, 0);

    if (rc != PMIX_SUCCESS)
        return 1;
    for (unsigned i = 0; i < 2; i++)
        PMIX_LOAD_PROCID(&part[i], own.nspace, i);
    if (own.rank < 2)
        printf("rank %u: %s\n", own.rank,
               PMIx_Error_string(PMIx_Fence(part, 2, NULL, 0)));
    return PMIx_Finalize(NULL, 0) == PMIX_SUCCESS ? 0 : 1;
}
