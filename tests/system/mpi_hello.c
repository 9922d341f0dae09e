/* mpi_hello.c - a program of MPI for system tests: who is there, a sum, a ring,
 * all to all, large messages; and how it may end.
 *
 *     mpi_hello [abort | segv | leave | spawn | wait SECONDS] */

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LARGE = 1 << 18
};

static int rank, size;

static int try_sum(void)
{
    int mine = rank + 1, all = 0;

    MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    return all == size * (size + 1) / 2;
}

static int try_ring(void)
{
    static int mine[LARGE], theirs[LARGE];
    int left = (rank + size - 1) % size, right = (rank + 1) % size;

    for (int i = 0; i < LARGE; i++)
        mine[i] = rank + i;
    MPI_Sendrecv(mine, LARGE, MPI_INT, right, 0, theirs, LARGE, MPI_INT, left,
                 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return theirs[0] == left && theirs[LARGE - 1] == left + LARGE - 1;
}

static int try_all_to_all(void)
{
    int *mine = calloc((size_t)size, sizeof *mine);
    int *theirs = calloc((size_t)size, sizeof *theirs), good = 1;

    for (int i = 0; i < size; i++)
        mine[i] = rank * 1000 + i;
    MPI_Alltoall(mine, 1, MPI_INT, theirs, 1, MPI_INT, MPI_COMM_WORLD);
    for (int i = 0; i < size; i++)
        good = good && theirs[i] == i * 1000 + rank;
    free(mine);
    free(theirs);
    return good;
}

static void end(const char *how, int seconds)
{
    MPI_Comm others;

    if (strcmp(how, "wait") == 0)
        sleep((unsigned)seconds);
    else if (strcmp(how, "spawn") == 0)
        MPI_Comm_spawn("true", MPI_ARGV_NULL, 1, MPI_INFO_NULL, 0,
                       MPI_COMM_WORLD, &others, MPI_ERRCODES_IGNORE);
    else if (rank == 1 && strcmp(how, "abort") == 0)
        MPI_Abort(MPI_COMM_WORLD, 7);
    else if (rank == 1 && strcmp(how, "segv") == 0)
        raise(SIGSEGV);
    else if (rank == 1)
        _exit(0);
    else
        sleep(1000);
}

int main(int argc, char **argv)
{
    int good;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    good = try_sum() && try_ring() && try_all_to_all();
    printf("rank %d of %d: %s\n", rank, size, good ? "good" : "bad");
    fflush(stdout);
    if (argc > 1)
        end(argv[1], argc > 2 ? atoi(argv[2]) : 0);
    MPI_Finalize();
    return good ? 0 : 1;
}
