using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Data;

namespace MLTransfer.Pipelines.Tests.Data;

public sealed class DatasetTests : IDisposable
{
    private static readonly DataColumns TextAndLabel = new() { Label = "label", Texts = [["text"]] };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_Csv_ViewHasTheRequestedColumnsAndRowKeys()
    {
        _folder.Write("train.csv", "id,text,label\n1,\"good, really\",positive\n2,bad,negative\n");

        IDataView view = Open(new() { Train = "train.csv" }).Train.View;

        Assert.Equal(["label", "text", "RowKey"], view.Schema.Select(column => column.Name));
        Assert.Equal(["good, really", "bad"], view.Texts("text"));
        Assert.Equal(["positive", "negative"], view.Texts("label"));
        Assert.Equal(["train.csv:2", "train.csv:3"], view.Texts("RowKey"));
        Assert.Equal(2, view.GetRowCount());
    }

    [Fact]
    public void Open_HeaderInOtherCase_ColumnHasTheNameThatThePipelineUses()
    {
        _folder.Write("train.csv", "Text,LABEL\na,x\nb,y\n");

        Assert.Equal(["a", "b"], Open(new() { Train = "train.csv" }).Train.View.Texts("text"));
    }

    [Fact]
    public void Open_MissingColumn_NamesTheNearest()
    {
        _folder.Write("train.csv", "txet,label\na,x\nb,y\n");

        UserException error = Assert.Throws<UserException>(() => Open(new() { Train = "train.csv" }));

        Assert.Contains("no column 'text'", error.Message);
        Assert.Contains("Did you mean 'txet'?", error.Message);
    }

    [Fact]
    public void Open_DuplicateColumn_Throws()
    {
        _folder.Write("train.csv", "text,label,text\na,x,c\nb,y,d\n");

        UserException error = Assert.Throws<UserException>(() => Open(new() { Train = "train.csv" }));

        Assert.Contains("2 columns that are called 'text'", error.Message);
        Assert.Contains("the 1. and the 3.", error.Message);
    }

    [Fact]
    public void Open_DuplicateColumnThatIsNotRead_IsNoMatter()
    {
        _folder.Write("train.csv", "text,label,note,note\na,x,,\nb,y,,\n");

        Assert.Equal(2, Open(new() { Train = "train.csv" }).Train.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("text,label\n")]
    public void Open_EmptyTable_Throws(string content)
    {
        string path = _folder.Write("train.csv", content);

        UserException error = Assert.Throws<UserException>(() => Open(new() { Train = "train.csv" }));

        Assert.Contains(path, error.Message);
    }

    [Fact]
    public void Open_OneClass_Throws()
    {
        _folder.Write("train.csv", "text,label\na,x\nb,x\n");

        UserException error = Assert.Throws<UserException>(() => Open(new() { Train = "train.csv" }));

        Assert.Contains("All usable rows", error.Message);
        Assert.Contains("'x'", error.Message);
    }

    [Fact]
    public void Open_UnusableRowsSkipped_AreCountedAndNamed()
    {
        _folder.Write("train.csv", "text,label\ngood,x\n  ,x\nno label,\none,two,three\nbad,y\n");

        Dataset data = Open(new() { Train = "train.csv" });

        Assert.Equal(2, data.Train.Count);
        Assert.Equal(5, data.Report.RowsRead);
        Assert.Equal(3, data.Report.RowsSkipped);
        Assert.Equal(
            [(RowProblemKind.Malformed, "train.csv:5: "), (RowProblemKind.EmptyLabel, "train.csv:4: "), (RowProblemKind.EmptyText, "train.csv:3: ")],
            data.Report.Problems.Select(group => (group.Kind, group.Examples[0][..13])));
        Assert.Equal(["good", "bad"], data.Train.View.Texts("text"));
    }

    [Fact]
    public void Open_UnusableRowsFail_NamesEachRow()
    {
        _folder.Write("train.csv", "text,label\ngood,x\n,x\nno label,\nbad,y\n");

        UserException error = Assert.Throws<UserException>(() => Open(new() { Train = "train.csv", OnError = RowErrorPolicy.Fail }));

        Assert.Contains("2 rows cannot be used", error.Message);
        Assert.Contains("train.csv:3: column 'text' without text", error.Message);
        Assert.Contains("train.csv:4: the label column 'label' is empty", error.Message);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("")]
    [InlineData("inf")]
    [InlineData("∞")]
    [InlineData("one")]
    public void Open_NumberThatIsNone_IsSkipped(string value)
    {
        _folder.Write("train.csv", $"size,label\n1.5,x\n{value},x\n-2e3,y\n");

        Dataset data = Open(new() { Train = "train.csv" }, new() { Label = "label", Numbers = ["size"] });

        Assert.Equal([1.5f, -2000f], data.Train.View.GetColumn<float>("size"));
        Assert.Equal(RowProblemKind.NotANumber, Assert.Single(data.Report.Problems).Kind);
    }

    [Fact]
    public void Open_JoinedTexts_RowIsUsableWithOneOfThem()
    {
        _folder.Write("train.csv", "title,body,label\na,,x\n,b,y\n,,y\n");

        Dataset joined = Open(new() { Train = "train.csv" }, new() { Label = "label", Texts = [["title", "body"]] });

        Assert.Equal(2, joined.Train.Count);
        Assert.Contains("columns 'title', 'body' without text", Assert.Single(joined.Report.Problems).Examples[0]);
    }

    [Fact]
    public void Open_Pair_RowNeedsBothTexts()
    {
        _folder.Write("train.csv", "a,b,label\n1,,x\n,2,y\n3,3,x\n4,4,y\n");

        Dataset pair = Open(new() { Train = "train.csv" }, new() { Label = "label", Texts = [["a"], ["b"]] });

        Assert.Equal(["3", "4"], pair.Train.View.Texts("a"));
    }

    [Fact]
    public void Open_TestLabelThatTrainLacks_IsSkippedAndNamed()
    {
        _folder.Write("train.csv", "text,label\na,cat\nb,dog\n");
        _folder.Write("test.csv", "text,label\nc,cat\nd,dgo\ne,dgo\n");

        Dataset data = Open(new() { Train = "train.csv", Test = "test.csv" });

        Assert.Equal(1, data.Test!.Count);
        Assert.Equal(["c"], data.Test.View.Texts("text"));
        RowProblemGroup group = Assert.Single(data.Report.Problems);
        Assert.Equal((RowProblemKind.UnknownLabel, 2L), (group.Kind, group.Count));
        Assert.Contains("test.csv:3: no training row has the label 'dgo', 2 test rows; the nearest is 'dog'", group.Examples[0]);
    }

    [Fact]
    public void Open_TestLabelThatTrainLacksAndPolicyFail_Throws()
    {
        _folder.Write("train.csv", "text,label\na,cat\nb,dog\n");
        _folder.Write("test.csv", "text,label\nc,cow\n");

        UserException error = Assert.Throws<UserException>(
            () => Open(new() { Train = "train.csv", Test = "test.csv", OnError = RowErrorPolicy.Fail }));

        Assert.Contains("'cow'", error.Message);
    }

    [Fact]
    public void Open_OneRowTestSet_IsATestSet()
    {
        _folder.Write("train.csv", "text,label\na,x\nb,y\n");
        _folder.Write("test.csv", "text,label\nc,x\n");

        Dataset data = Open(new() { Train = "train.csv", Test = "test.csv" });

        Assert.Equal(1, data.Test!.Count);
        Assert.Equal(["x"], data.Test.View.Texts("label"));
    }

    [Fact]
    public void Open_Holdout_PartsAreDisjointCompleteAndStratified()
    {
        _folder.Write("train.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 100).Select(row => $"t{row},{(row % 10 < 7 ? "common" : "rare")}\n")));

        Dataset data = Open(new() { Train = "train.csv", TestFraction = 0.2 });

        string[] train = data.Train.View.Texts("text");
        string[] test = data.Test!.View.Texts("text");
        Assert.Empty(train.Intersect(test));
        Assert.Equal(100, train.Length + test.Length);
        Assert.Equal((14L, 6L), (data.Test.ClassCounts["common"], data.Test.ClassCounts["rare"]));
    }

    [Fact]
    public void Open_Folds_EachRowIsTestedOnce()
    {
        _folder.Write("train.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 23).Select(row => $"t{row},{(row % 2 == 0 ? "a" : "b")}\n")));

        Dataset data = Open(new() { Train = "train.csv", Folds = 5 });

        Assert.Equal(5, data.Folds.Count);
        Assert.Equal(
            Enumerable.Range(0, 23).Select(row => $"t{row}").Order(StringComparer.Ordinal),
            data.Folds.SelectMany(fold => fold.Test.View.Texts("text")).Order(StringComparer.Ordinal));
        Assert.All(data.Folds, fold => Assert.Empty(fold.Train.View.Texts("text").Intersect(fold.Test.View.Texts("text"))));
        Assert.All(data.Folds, fold => Assert.Equal(23, fold.Train.Count + fold.Test.Count));
    }

    [Fact]
    public void Open_FoldsWithAClassOfOneRow_Throws()
    {
        _folder.Write("train.csv", "text,label\na,x\nb,x\nc,y\n");

        UserException error = Assert.Throws<UserException>(() => Open(new() { Train = "train.csv", Folds = 2 }));

        Assert.Contains("'y': one row only", error.Message);
    }

    [Fact]
    public void Open_HoldoutWithAClassOfOneRow_KeepsItInTrainAndWarns()
    {
        _folder.Write("train.csv", "text,label\na,x\nb,x\nc,x\nd,y\n");

        Dataset data = Open(new() { Train = "train.csv", TestFraction = 0.5 });

        Assert.Equal(1, data.Train.ClassCounts["y"]);
        Assert.Contains(data.Report.Warnings, warning => warning.Contains("'y'") && warning.Contains("trained and not tested"));
    }

    [Theory]
    [InlineData("test.csv", 0.2, null)]
    [InlineData("test.csv", null, 3)]
    [InlineData(null, 0.2, 3)]
    public void Open_TwoWaysToTest_Throws(string? test, double? fraction, int? folds) =>
        Assert.Throws<UserException>(() => Open(new() { Train = "train.csv", Test = test, TestFraction = fraction, Folds = folds }));

    [Fact]
    public void Open_SameRowsElsewhere_HaveTheSameFingerprint()
    {
        _folder.Write("one.csv", "text,label\na,x\nb,y\n");
        _folder.Write("two.tsv", "label\ttext\nx\ta\ny\tb\n");
        _folder.Write("other.csv", "text,label\na,x\nB,y\n");

        string one = Open(new() { Train = "one.csv" }).Fingerprint;

        Assert.Equal(one, Open(new() { Train = "two.tsv" }).Fingerprint);
        Assert.NotEqual(one, Open(new() { Train = "other.csv" }).Fingerprint);
    }

    [Fact]
    public void Spread_SomeOfTheRows_AreFromAllOverTheSet()
    {
        _folder.Write("train.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 20).Select(static i => $"text {i},{(i % 2 == 0 ? "a" : "b")}\n")));
        DataSplit all = Open(new() { Train = "train.csv" }).Train;

        Assert.Equal(["text 0", "text 5", "text 10", "text 15"], all.Spread(4).View.Texts("text"));
        Assert.Equal(20, all.Spread(1000).Count);
        Assert.Equal(["text 3"], all.Spread(4, new HashSet<string> { "train.csv:5" }).View.Texts("text"));
    }

    [Fact]
    public void Except_Keys_LeavesTheRowsOut()
    {
        _folder.Write("train.csv", "text,label\na,x\nb,y\nc,x\n");

        DataSplit without = Open(new() { Train = "train.csv" }).Train.Except(new HashSet<string> { "train.csv:3" });

        Assert.Equal(["a", "c"], without.View.Texts("text"));
        Assert.Equal(["x"], without.ClassCounts.Keys);
    }

    [Fact]
    public void View_ReadTwiceAtOnce_CursorsDoNotDisturbEachOther()
    {
        _folder.Write("train.csv", "text,label\na,x\nb,y\nc,x\n");
        IDataView view = Open(new() { Train = "train.csv" }).Train.View;

        using DataViewRowCursor first = view.GetRowCursor(view.Schema);
        using DataViewRowCursor second = view.GetRowCursor(view.Schema);
        ValueGetter<ReadOnlyMemory<char>> get = first.GetGetter<ReadOnlyMemory<char>>(view.Schema["text"]);
        first.MoveNext();
        second.MoveNext();
        second.MoveNext();
        ReadOnlyMemory<char> value = default;
        get(ref value);

        Assert.Equal("a", value.ToString());
    }

    [Fact]
    public void Open_WithoutLabel_ReadsRowsToPredict()
    {
        _folder.Write("new.csv", "text\na\nb\n");

        Dataset data = Open(new() { Train = "new.csv" }, new() { Label = null, Texts = [["text"]] });

        Assert.Equal(["text", "RowKey"], data.Train.View.Schema.Select(column => column.Name));
        Assert.Equal(2, data.Train.Count);
        Assert.Empty(data.Classes);
    }

    private Dataset Open(DataSource source, DataColumns? columns = null) =>
        Dataset.Open(source with { Label = "label" }, columns ?? TextAndLabel, _folder.Path, seed: 1, cancellation: TestContext.Current.CancellationToken);
}
