using MLTransfer.Models.Inference;

namespace MLTransfer.Models.Tests.Inference;

public sealed class OrderedWorkTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_ItemsOfDifferentDuration_KeepTheirOrder(int workers)
    {
        IEnumerable<int> squares = OrderedWork.Run(
            Enumerable.Range(0, 50),
            workers,
            item =>
            {
                Thread.Sleep(item % 3);
                return item * item;
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(0, 50).Select(item => item * item), squares);
    }

    [Fact]
    public void Run_LongSource_ReadsOnlyAFewItemsAhead()
    {
        int read = 0;
        IEnumerable<int> Source()
        {
            for (int i = 0; i < 1000; i++)
            {
                read = i + 1;
                yield return i;
            }
        }

        using IEnumerator<int> results = OrderedWork.Run(Source(), 2, item => item, TestContext.Current.CancellationToken).GetEnumerator();
        Assert.True(results.MoveNext());

        Assert.InRange(read, 1, 8);
    }

    [Fact]
    public void Run_WorkThatFails_ThrowsAtItsPlaceAndWaitsForTheRest()
    {
        int running = 0;
        List<int> seen = [];

        Assert.Throws<InvalidDataException>(() =>
        {
            foreach (int item in OrderedWork.Run(Enumerable.Range(0, 10), 2, Work, TestContext.Current.CancellationToken))
            {
                seen.Add(item);
            }
        });

        Assert.Equal([0, 1, 2], seen);
        Assert.Equal(0, Volatile.Read(ref running));

        int Work(int item)
        {
            Interlocked.Increment(ref running);
            try
            {
                Thread.Sleep(5);
                return item == 3 ? throw new InvalidDataException() : item;
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        }
    }

    [Fact]
    public void Run_Cancelled_Ends()
    {
        using var cancellation = new CancellationTokenSource();
        IEnumerable<int> results = OrderedWork.Run(Enumerable.Range(0, 1000), 2, item => item, cancellation.Token);

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (int item in results)
            {
                if (item == 5)
                {
                    cancellation.Cancel();
                }
            }
        });
    }
}
