import { Component, type ComponentChildren, type FunctionComponent, h } from "preact";

/** Renders again only when a prop is another object: items and turns keep their identity while nothing about them changed. */
export function memo<P extends object>(view: (props: P) => ComponentChildren): FunctionComponent<P> {
  class Memo extends Component<{ own: P }> {
    override shouldComponentUpdate({ own }: Readonly<{ own: P }>): boolean {
      return !sameProps(this.props.own, own);
    }

    override render(): ComponentChildren {
      return h(Inner, { own: this.props.own });
    }
  }
  // Hooks need a function component of their own below the class.
  const Inner = ({ own }: { own: P }): ComponentChildren => view(own);
  return (props) => h(Memo, { own: props });
}

function sameProps(before: object, after: object): boolean {
  const names = Object.keys(after);
  return (
    names.length === Object.keys(before).length &&
    names.every((name) => Object.is(Reflect.get(before, name), Reflect.get(after, name)))
  );
}
