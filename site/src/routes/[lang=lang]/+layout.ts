import type { LayoutLoad } from './$types';

export const load: LayoutLoad = ({ params }) => ({ locale: params.lang });
