using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Caching;

namespace MLTransfer.Pipelines.Tests.Caching;

public sealed class FeatureCacheTests : IDisposable
{
    private const int Dimension = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-cache-").FullName;
    private readonly List<string> _warnings = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void TryGet_AfterReopening_GivesTheBitsThatWereAdded()
    {
        float[][] vectors = [[1.5f, -0f, float.Epsilon, float.MaxValue], [float.NaN, float.PositiveInfinity, 0, -7], [3, 2, 1, 0]];
        Write(vectors);

        using FeatureCache cache = Open();

        for (int row = 0; row < vectors.Length; row++)
        {
            float[] read = new float[Dimension];
            Assert.True(cache.TryGet(Key(row), read));
            Assert.Equal(vectors[row].Select(BitConverter.SingleToInt32Bits), read.Select(BitConverter.SingleToInt32Bits));
        }

        Assert.False(cache.TryGet(Key(99), new float[Dimension]));
        Assert.Equal((3, 1), (cache.Hits, cache.Misses));
    }

    [Fact]
    public void TryGet_BeforeCommit_FindsTheRow()
    {
        using FeatureCache cache = Open();
        cache.Add(Key(1), [1, 2, 3, 4]);

        float[] read = new float[Dimension];
        Assert.True(cache.TryGet(Key(1), read));
        Assert.Equal([1, 2, 3, 4], read);
        Assert.Empty(Segments());
    }

    [Fact]
    public void TryGet_ManySegmentsInAnyOrder_FindsEveryRow()
    {
        const int Rows = 3000;
        for (int first = 0; first < Rows; first += 500)
        {
            using FeatureCache writer = Open();
            for (int row = first; row < first + 500; row++)
            {
                writer.Add(Key(row), [row, -row, row * 2, 1]);
            }
        }

        using FeatureCache cache = Open();

        float[] read = new float[Dimension];
        foreach (int row in Enumerable.Range(0, Rows).Select(static i => i * 1723 % Rows))
        {
            Assert.True(cache.TryGet(Key(row), read));
            Assert.Equal([row, -row, row * 2, 1], read);
        }
    }

    [Theory]
    [InlineData("graph", 5)]
    [InlineData("Graph", Dimension)]
    public void TryGet_OtherGraphOrDimension_FindsNothing(string graph, int dimension)
    {
        Write([[1, 2, 3, 4]]);

        using FeatureCache cache = Open(graph, dimension);

        Assert.False(cache.TryGet(Key(0), new float[dimension]));
    }

    [Fact]
    public void Open_SegmentOfAnotherGraph_IsNotTakenForItsOwn()
    {
        Write([[1, 2, 3, 4]]);
        using (FeatureCache other = Open("other"))
        {
            other.Add(Key(5), [0, 0, 0, 0]);
        }

        string[] files = Segments();
        string foreign = files.Single(file => File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "graph.txt")).StartsWith("other", StringComparison.Ordinal));
        string own = files.Single(file => file != foreign);
        File.Copy(own, foreign, overwrite: true);

        using FeatureCache cache = Open("other");

        Assert.False(cache.TryGet(Key(0), new float[Dimension]));
        Assert.Single(_warnings);
    }

    [Fact]
    public void Open_SegmentCutAtAnyLength_IsDiscardedWithAWarning()
    {
        Write([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]);
        string path = Assert.Single(Segments());
        byte[] whole = File.ReadAllBytes(path);

        for (int length = 0; length < whole.Length; length++)
        {
            _warnings.Clear();
            File.WriteAllBytes(path, whole[..length]);
            using FeatureCache cache = Open();

            Assert.Contains(path, Assert.Single(_warnings), StringComparison.Ordinal);
            Assert.False(File.Exists(path));
            Assert.All([0, 1, 2], row => Assert.False(cache.TryGet(Key(row), new float[Dimension])));
        }
    }

    [Fact]
    public void TryGet_AnyByteDamaged_NeverGivesAWrongVector()
    {
        float[][] vectors = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]];
        Write(vectors);
        string path = Assert.Single(Segments());
        byte[] whole = File.ReadAllBytes(path);
        int refused = 0;

        for (int at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(path, damaged);
            using FeatureCache cache = Open();
            for (int row = 0; row < vectors.Length; row++)
            {
                float[] read = new float[Dimension];
                if (cache.TryGet(Key(row), read))
                {
                    Assert.Equal(vectors[row], read);
                }
                else
                {
                    refused++;
                }
            }
        }

        Assert.True(refused >= whole.Length - 64, "Each damaged byte but the padding costs at least one row.");
    }

    [Fact]
    public void Add_RowsForLongerThanTheFlushInterval_AreOnDiskWithoutACommit()
    {
        ManualTime time = new();
        using FeatureCache killed = FeatureCache.Open(Options(), "graph", Dimension, _warnings.Add, time, null);
        killed.Add(Key(1), [1, 2, 3, 4]);
        time.Seconds = 31;
        killed.Add(Key(2), [1, 2, 3, 4]);

        using FeatureCache next = Open();

        Assert.True(next.TryGet(Key(1), new float[Dimension]));
        Assert.True(next.TryGet(Key(2), new float[Dimension]));
    }

    [Fact]
    public void Add_MoreThanASegmentHolds_IsOnDiskWithoutACommit()
    {
        const int Wide = 100_000; // 400 kB a row, 8 MiB a segment: 20 rows
        using FeatureCache killed = Open(dimension: Wide);
        float[] vector = new float[Wide];
        for (int row = 0; row < 50; row++)
        {
            vector[0] = row;
            killed.Add(Key(row), vector);
        }

        using FeatureCache next = Open(dimension: Wide);

        Assert.True(next.TryGet(Key(0), vector));
        Assert.Equal(0, vector[0]);
        Assert.False(next.TryGet(Key(49), vector));
    }

    [Fact]
    public void Open_ManySmallSegments_PutsThemTogether()
    {
        for (int row = 0; row < 12; row++)
        {
            Write([[row, 0, 0, 0]], firstRow: row);
        }

        using FeatureCache cache = Open();

        Assert.InRange(Segments().Length, 1, 8);
        float[] read = new float[Dimension];
        for (int row = 0; row < 12; row++)
        {
            Assert.True(cache.TryGet(Key(row), read));
            Assert.Equal(row, read[0]);
        }
    }

    [Fact]
    public void Add_BeyondTheMaximum_EvictsTheLeastRecentlyUsedSegmentOfAnyGraph()
    {
        // 120 kB each, in a cache of 1 MiB: eight fit, the ninth needs room.
        foreach (string graph in (string[])["a", "b", "c", "d", "e", "f", "g", "h"])
        {
            WriteLarge(graph);
        }

        using (FeatureCache used = Open("a"))
        {
            Assert.True(used.TryGet(Key(7), new float[Dimension]));
        }

        WriteLarge("i");

        Assert.Equal(
            [true, false, true, true, true],
            ((string[])["a", "b", "c", "h", "i"]).Select(graph =>
            {
                using FeatureCache cache = Open(graph);
                return cache.TryGet(Key(7), new float[Dimension]);
            }));
        Assert.InRange(Segments().Sum(static file => new FileInfo(file).Length), 1, 1 << 20);
    }

    [Fact]
    public void Add_DataLargerThanTheCache_KeepsWhatFitsFromRunToRun()
    {
        int[] hits = new int[3];
        for (int run = 0; run < 3; run++)
        {
            using FeatureCache cache = Open();
            for (int part = 0; part < 6; part++)
            {
                for (int row = part * 7000; row < (part + 1) * 7000; row++)
                {
                    if (cache.TryGet(Key(row), new float[Dimension]))
                    {
                        hits[run]++;
                    }
                    else
                    {
                        cache.Add(Key(row), [row, 0, 0, 0]);
                    }
                }

                cache.Commit();
            }
        }

        Assert.Equal(0, hits[0]);
        Assert.InRange(hits[1], 20_000, 26_000); // 40 bytes a row, 1 MiB
        Assert.Equal(hits[1], hits[2]);
        Assert.All(_warnings, static warning => Assert.Contains("full", warning, StringComparison.Ordinal));
        Assert.Equal(3, _warnings.Count);
    }

    [Fact]
    public void Commit_FullDisk_WarnsOnceAndGoesOn()
    {
        using FeatureCache cache = FeatureCache.Open(
            Options(), "graph", Dimension, _warnings.Add, TimeProvider.System, static path => new FullDisk(path, capacity: 100));
        for (int row = 0; row < 3; row++)
        {
            cache.Add(Key(row), [1, 2, 3, 4]);
            cache.Commit();
        }

        Assert.Contains("No space left", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.False(cache.TryGet(Key(0), new float[Dimension]));
        Assert.Equal(["graph.txt"], Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Fact]
    public void Open_FolderThatCannotBe_WarnsAndGoesOn()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "not a folder");
        using FeatureCache cache = FeatureCache.Open(Options() with { Directory = file }, "graph", Dimension, _warnings.Add);

        cache.Add(Key(1), [1, 2, 3, 4]);
        cache.Commit();

        Assert.Contains(file, Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.False(cache.TryGet(Key(1), new float[Dimension]));
    }

    [Fact]
    public void Open_MaximumOutOfRange_IsRefused() =>
        Assert.Contains(
            "maximumBytes",
            Assert.Throws<UserException>(() => FeatureCache.Open(Options() with { MaximumBytes = 5 }, "graph", Dimension)).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Kill_AtAnyMoment_LeavesOnlyRightRowsAndNoRubbish()
    {
        for (int round = 0; round < 4; round++)
        {
            using var writer = CacheWriterProcess.Start(_folder, rows: 0);
            await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            await Task.Delay(10 + (17 * round), TestContext.Current.CancellationToken);
            writer.Kill();
            await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        foreach (string rubbish in Directory.GetFiles(_folder, "*.tmp", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(rubbish, DateTime.UtcNow.AddHours(-1));
        }

        using FeatureCache cache = CacheWriterProcess.Open(_folder, _warnings.Add);

        Assert.Empty(_warnings);
        Assert.Empty(Directory.GetFiles(_folder, "*.tmp", SearchOption.AllDirectories));
        float[] read = new float[CacheWriterProcess.Dimension];
        int found = 0;
        for (int row = 0; row < 20_000; row++)
        {
            if (cache.TryGet(RowKey.Of($"row {row}"), read))
            {
                found++;
                Assert.Equal(CacheWriterProcess.Vector(row), read);
            }
        }

        Assert.InRange(found, 1, 20_000);
    }

    [Fact]
    public async Task TwoProcesses_OneFolderThatOverflows_NeverReadAWrongRow()
    {
        // 2,000 rows of 800 bytes in a cache of 1 MiB: both write, evict and put together at the same time.
        for (int round = 0; round < 2; round++)
        {
            using var first = CacheWriterProcess.Start(_folder, rows: 2000);
            using var second = CacheWriterProcess.Start(_folder, rows: 2000);
            await Task.WhenAll(
                first.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
                second.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
            await second.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        }

        using FeatureCache cache = CacheWriterProcess.Open(_folder, _warnings.Add);
        Assert.Empty(_warnings);
        Assert.Empty(Directory.GetFiles(_folder, "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public void Open_TemporaryFileOfALivingWriter_IsLeftAlone()
    {
        Write([[1, 2, 3, 4]]);
        string temporary = Path.Combine(Path.GetDirectoryName(Segments()[0])!, "living.tmp");
        using FileStream writer = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        File.SetLastWriteTimeUtc(temporary, DateTime.UtcNow.AddHours(-1));

        using FeatureCache cache = Open();

        Assert.True(File.Exists(temporary));
    }

    [Fact]
    public void TryGetAndAdd_FromManyThreads_LoseNothing()
    {
        using FeatureCache cache = Open();
        Parallel.For(0, 4000, row =>
        {
            float[] read = new float[Dimension];
            cache.Add(Key(row), [row, 1, 2, 3]);
            if (row % 500 == 0)
            {
                cache.Commit();
            }

            Assert.True(cache.TryGet(Key(row), read));
            Assert.Equal(row, read[0]);
        });

        Assert.Equal(4000, cache.Hits);
    }

    private static UInt128 Key(int row) => RowKey.Of($"row {row}");

    private FeatureCacheOptions Options() => new() { Directory = _folder, MaximumBytes = 1 << 20 };

    private FeatureCache Open(string graph = "graph", int dimension = Dimension) => FeatureCache.Open(
        dimension == Dimension ? Options() : Options() with { MaximumBytes = 1 << 26 }, graph, dimension, _warnings.Add);

    private void Write(float[][] vectors, int firstRow = 0)
    {
        using FeatureCache cache = Open();
        for (int row = 0; row < vectors.Length; row++)
        {
            cache.Add(Key(firstRow + row), vectors[row]);
        }
    }

    private void WriteLarge(string graph)
    {
        using FeatureCache cache = Open(graph);
        for (int row = 0; row < 3000; row++)
        {
            cache.Add(Key(row), [row, 0, 0, 0]);
        }
    }

    private string[] Segments() => Directory.GetFiles(_folder, "*.features", SearchOption.AllDirectories);

    private sealed class ManualTime : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    private sealed class FullDisk(string path, int capacity) : FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Position + buffer.Length > capacity)
            {
                base.Write(buffer[..(int)(capacity - Position)]);
                throw new IOException("No space left on device");
            }

            base.Write(buffer);
        }
    }
}
